#include "evidence/tst_request.h"

#include <string.h>
#include <sys/random.h>

enum status tst_nonce(uint8_t room[TST_NONCE_SIZE], struct error *reterr)
{
    if (getrandom(room, TST_NONCE_SIZE, 0) != TST_NONCE_SIZE) {
        return fail(reterr, STATUS_IO, "the operating system gave no random bytes");
    }
    /* Positive, and in the shortest form. */
    room[0] = (uint8_t) ((room[0] & 0x7fU) | 0x40U);
    return STATUS_OK;
}

void tst_request(const struct digest *imprint, const uint8_t nonce[TST_NONCE_SIZE],
                 uint8_t room[TST_REQUEST_SIZE])
{
    static const uint8_t head[] = {
        0x30, 0x43,       /* TimeStampReq */
        0x02, 0x01, 0x01, /* version 1 */
        0x30, 0x31,       /* messageImprint */
        0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, /* SHA-256 */
        0x05, 0x00,                                                                   /* NULL */
        0x04, 0x20,
    };
    static const uint8_t between[] = { 0x02, TST_NONCE_SIZE };
    static const uint8_t tail[] = { 0x01, 0x01, 0xff }; /* certReq */
    uint8_t *at = room;

    _Static_assert(sizeof head + DIGEST_SIZE + sizeof between + TST_NONCE_SIZE + sizeof tail ==
                       TST_REQUEST_SIZE,
                   "the length in the first line");
    memcpy(at, head, sizeof head);
    at += sizeof head;
    memcpy(at, imprint->octets, DIGEST_SIZE);
    at += DIGEST_SIZE;
    memcpy(at, between, sizeof between);
    at += sizeof between;
    memcpy(at, nonce, TST_NONCE_SIZE);
    at += TST_NONCE_SIZE;
    memcpy(at, tail, sizeof tail);
}
