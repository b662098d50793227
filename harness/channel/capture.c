#include "channel/capture.h"

#include "base/clock.h"
#include "wire/packet.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A frame may be as long as an IP packet when the network card puts it together later. */
enum {
    FRAME_MAX = 1 << 18,
    KERNEL_ROOM = 16 << 20,
    HANDED_OVER_MS = 10,
    FRAMES_AT_ONCE = 256,
    ADDRESS_MAX = 64,
    ADDRESSES_MAX = 16
};

struct capture {
    pcap_t *pcap;
    int link;
};

struct drain {
    capture_hear *hear;
    void *context;
};

static void pcap_freep(pcap_t **pcap)
{
    if (*pcap != NULL) {
        pcap_close(*pcap);
    }
}

static enum status filter_set(pcap_t *pcap, const char *const *addresses, size_t count,
                              struct error *reterr)
{
    struct bpf_program program;
    char expression[ADDRESSES_MAX * (ADDRESS_MAX + 12)];
    size_t used = 0;
    int result;

    for (size_t i = 0; i < count && i < ADDRESSES_MAX; i++) {
        const char *address = addresses[i];

        used += (size_t) snprintf(expression + used, sizeof expression - used, "%shost %.*s",
                                  i == 0 ? "" : " or ",
                                  (int) strnlen(address, strcspn(address, "%")), address);
    }
    if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return fail(reterr, STATUS_INTERNAL, "capture filter: %s", pcap_geterr(pcap));
    }
    result = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    return result == 0 ? STATUS_OK
                       : fail(reterr, STATUS_IO, "capture filter: %s", pcap_geterr(pcap));
}

static enum status activate(pcap_t *pcap, struct error *reterr)
{
    int result;

    (void) pcap_set_snaplen(pcap, FRAME_MAX);
    /* Not in immediate mode: there each frame, however short, takes the room of the longest. */
    (void) pcap_set_timeout(pcap, HANDED_OVER_MS);
    (void) pcap_set_buffer_size(pcap, KERNEL_ROOM);
    result = pcap_activate(pcap);
    if (result < 0) {
        return fail(reterr, STATUS_UNSUPPORTED, "capturing: %s",
                    result == PCAP_ERROR_PERM_DENIED ? "not permitted to this user"
                                                     : pcap_statustostr(result));
    }
    return STATUS_OK;
}

enum status capture_open(const char *address, struct capture **ret_capture, struct error *reterr)
{
    return capture_open_all(&address, 1, ret_capture, reterr);
}

enum status capture_open_all(const char *const *addresses, size_t count,
                             struct capture **ret_capture, struct error *reterr)
{
    char words[PCAP_ERRBUF_SIZE] = "";
    DEFER(pcap_freep) pcap_t *pcap = pcap_create("any", words);
    struct capture *capture;

    *ret_capture = NULL;
    if (pcap == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "capturing: %s", words);
    }
    TRY(activate(pcap, reterr));
    if (!wire_packet_link_known(pcap_datalink(pcap))) {
        return fail(reterr, STATUS_UNSUPPORTED, "capturing: link layer %d is not known",
                    pcap_datalink(pcap));
    }
    TRY(filter_set(pcap, addresses, count, reterr));
    if (pcap_setnonblock(pcap, 1, words) != 0) {
        return fail(reterr, STATUS_UNSUPPORTED, "capturing: %s", words);
    }
    capture = malloc(sizeof *capture);
    if (capture == NULL) {
        abort();
    }
    *capture = (struct capture){ .pcap = pcap, .link = pcap_datalink(pcap) };
    pcap = NULL;
    *ret_capture = capture;
    return STATUS_OK;
}

void capture_free(struct capture *capture)
{
    if (capture != NULL) {
        pcap_close(capture->pcap);
        free(capture);
    }
}

int capture_link(const struct capture *capture)
{
    return capture->link;
}

static void give(u_char *context, const struct pcap_pkthdr *header, const u_char *frame)
{
    struct drain *drain = (struct drain *) context;

    drain->hear(drain->context,
                &(struct capture_frame){ .data = frame,
                                         .length = header->caplen,
                                         .whole = header->len,
                                         .wall_us = (uint64_t) header->ts.tv_sec * 1000000u +
                                                    (uint64_t) header->ts.tv_usec });
}

enum status capture_drain(struct capture *capture, int64_t deadline_ms, capture_hear *hear,
                          void *context, struct error *reterr)
{
    struct drain drain = { .hear = hear, .context = context };
    int got;

    do {
        got = pcap_dispatch(capture->pcap, FRAMES_AT_ONCE, give, (u_char *) &drain);
    } while (got > 0 && clock_left_ms(deadline_ms) > 0);
    return got >= 0 ? STATUS_OK
                    : fail(reterr, STATUS_IO, "capturing: %s", pcap_geterr(capture->pcap));
}

enum status capture_lost(struct capture *capture, unsigned *ret_lost, struct error *reterr)
{
    struct pcap_stat stat = { 0 };

    if (pcap_stats(capture->pcap, &stat) != 0) {
        return fail(reterr, STATUS_IO, "capturing: %s", pcap_geterr(capture->pcap));
    }
    *ret_lost = stat.ps_drop + stat.ps_ifdrop;
    return STATUS_OK;
}
