/* Images made by Debian's own tools at the moment of the test, and what comes out of them. */
#include "image/image.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEEN_SIZE = 1 << 16 };

struct seen {
    char paths[SEEN_SIZE]; /* of all blobs, one a line */
    bool marker;           /* in a blob that is not the image itself */
};

static char folder[] = "/tmp/hoshitori-image.XXXXXX";
static const char marker[] = "a-marker-in-the-root-file-system";

static void folder_make(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("D", folder, 1), 0);
    cr_assert_eq(system("cd $D && mkdir -p root/etc root/usr/share && "
                        "echo a-marker-in-the-root-file-system >root/etc/marker && "
                        "seq 1 30000 >root/usr/share/numbers && : >root/etc/empty && "
                        "ln -s marker root/etc/link"),
                 0);
}

static void folder_drop(void)
{
    cr_assert_eq(system("rm -rf \"$D\""), 0);
}

TestSuite(image, .init = folder_make, .fini = folder_drop);

static enum status visit(void *context, const struct image_blob *blob, struct error *reterr)
{
    struct seen *seen = context;
    size_t used = strlen(seen->paths);

    (void) reterr;
    (void) snprintf(seen->paths + used, sizeof seen->paths - used, "%s\n", blob->path);
    seen->marker |=
        blob->depth > 0 && memmem(blob->data, blob->length, marker, sizeof marker - 1) != NULL;
    return STATUS_OK;
}

static uint8_t *file_read(const char *name, size_t *ret_length)
{
    char path[256];
    struct stat info;
    uint8_t *data;
    int fd;

    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && fstat(fd, &info) == 0);
    data = malloc((size_t) info.st_size + 1);
    cr_assert_not_null(data);
    cr_assert_eq(read(fd, data, (size_t) info.st_size), info.st_size);
    close(fd);
    *ret_length = (size_t) info.st_size;
    return data;
}

static struct seen walked(const char *name, const struct image_limits *limits,
                          struct image_report *report)
{
    static struct seen seen;
    struct error error = { .status = STATUS_OK };
    size_t length = 0;
    uint8_t *data = file_read(name, &length);

    seen = (struct seen){ .marker = false };
    cr_assert_eq(image_walk("image", data, length, limits, visit, &seen, report, &error),
                 STATUS_OK);
    free(data);
    return seen;
}

static const struct image_limits none = { 0 };

/* Made by the command, the image $D/i gives up the marker, and none of it stays unread. */
static void opens(const char *command, const char *format)
{
    static struct image_report report;
    struct seen seen;

    cr_assert_eq(system(command), 0, "%s", command);
    seen = walked("i", &none, &report);
    cr_assert(seen.marker, "%s: %s", command, seen.paths);
    cr_assert_geq(report.opened, 1, "%s", command);
    cr_assert(strstr(report.parts[0].format, format) != NULL, "%s: %s", command,
              report.parts[0].format);
    cr_assert_null(report.stopped, "%s: %s", command, report.stopped);
    cr_assert_eq(report.opaque, 0, "%s: %zu of %zu", command, (size_t) report.opaque,
                 (size_t) report.leaf_bytes);
}

Test(image, opens_archives)
{
    opens("cd $D && tar -C root -cf i .", "tar");
    opens("cd $D && tar -C root -czf i .", "gzip");
    opens("cd $D && tar -C root -cJf i .", "xz");
    opens("cd $D && tar -C root -cf - . | bzip2 >i", "bzip2");
    opens("cd $D/root && find . | cpio --quiet -o -H newc >../i", "cpio");
    opens("cd $D/root && rm -f ../i.zip && zip -qr ../i.zip . && mv ../i.zip ../i", "ZIP");
    opens("cd $D/root && find . | cpio --quiet -o -H newc | gzip >../i", "gzip");
}

Test(image, opens_file_systems)
{
    opens("cd $D && rm -f i && mksquashfs root i -quiet -no-progress -comp xz >/dev/null",
          "squashfs, xz");
    opens("cd $D && rm -f i && mksquashfs root i -quiet -no-progress -comp gzip >/dev/null",
          "squashfs, gzip");
    opens("cd $D && rm -f i && PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -d root i 2M", "ext");
    opens("cd $D && rm -f i && PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext2 -b 1024 -d root i 2M",
          "ext");
    opens("cd $D && rm -f i i.gz && PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext2 -d root i 2M && "
          "gzip i && mv i.gz i",
          "gzip");
}

Test(image, finds_a_file_system_behind_what_it_does_not_know)
{
    static struct image_report report;
    struct seen seen;

    cr_assert_eq(system("cd $D && mksquashfs root s -quiet -no-progress >/dev/null && "
                        "{ printf 'HEADER v1.4.2  '; head -c 4096 /dev/zero; cat s; "
                        "tar -C root -cJ etc; printf 'a trailer'; } >i"),
                 0);
    seen = walked("i", &none, &report);
    cr_assert(seen.marker);
    cr_assert_eq(report.opened, 2, "%u", report.opened);
    cr_assert_eq(report.parts[0].offset, 15 + 4096);
    cr_assert(strstr(seen.paths, "image!/etc/marker\n") != NULL, "%s", seen.paths);
}

Test(image, opens_containers_in_containers)
{
    static struct image_report report;
    struct image_limits shallow = { .depth = 2 };
    struct seen seen;

    cr_assert_eq(
        system("cd $D && mkdir n && mksquashfs root n/rootfs.sqfs -quiet -no-progress "
               ">/dev/null && tar -C n -cf t.tar . && zip -q z.zip t.tar && "
               "base64 -w0 z.zip >b && { printf '{\"backup\":\"'; cat b; printf '\"}'; } >i"),
        0);
    seen = walked("i", &none, &report);
    cr_assert(seen.marker);
    cr_assert(strstr(seen.paths, "image!base64!t.tar!./rootfs.sqfs!/etc/marker\n") != NULL, "%s",
              seen.paths);
    (void) walked("i", &shallow, &report);
    cr_assert_str_eq(report.stopped, "containers within containers");
}

/* An export may hold a hundred certificates before the backup, and one run may be too long. */
Test(image, leaves_no_base64_out_in_silence)
{
    static struct image_report report;
    struct image_limits small = { .part = 1024 };
    struct seen seen;

    cr_assert_eq(system("cd $D && tar -C root -cz -f t.tgz . && { for n in $(seq 100); do "
                        "head -c 100 /dev/zero | base64 -w0; printf '\"'; done; "
                        "base64 -w0 t.tgz; printf '\"'; } >i"),
                 0);
    seen = walked("i", &none, &report);
    cr_assert(seen.marker, "the run behind a hundred others");
    cr_assert_null(report.stopped);
    (void) walked("i", &small, &report);
    cr_assert_str_eq(report.stopped, "octets of one file");
}

Test(image, says_what_it_cannot_read)
{
    static struct image_report report;

    cr_assert_eq(system("cd $D && head -c 200000 /dev/urandom >i"), 0);
    (void) walked("i", &none, &report);
    cr_assert_geq(report.opaque, 180000);
    cr_assert_eq(system("cd $D && mkdir r && head -c 200000 /dev/urandom >r/rootfs.enc && "
                        "tar -C r -czf i ."),
                 0);
    (void) walked("i", &none, &report);
    cr_assert_eq(report.opened, 1);
    cr_assert_geq(report.opaque, 180000);
    cr_assert_eq(system("cd $D && rm -f i.zip && zip -q -P secret i.zip root/usr/share/numbers && "
                        "mv i.zip i"),
                 0);
    (void) walked("i", &none, &report);
    cr_assert_geq(report.opaque * 100, report.leaf_bytes * 40);
    cr_assert_str_eq(report.parts[1].format, "encrypted");
    cr_assert_eq(system("cd $D && cp /usr/share/common-licenses/GPL-3 i"), 0);
    (void) walked("i", &none, &report);
    cr_assert_eq(report.opaque, 0);
    cr_assert_eq(report.opened, 0);
}

Test(image, ends_a_bomb)
{
    static struct image_report report;
    struct image_limits small = { .total = 4 << 20, .part = 1 << 20, .count = 100 };

    cr_assert_eq(system("cd $D && head -c 64M /dev/zero | gzip | gzip >i"), 0);
    (void) walked("i", &small, &report);
    cr_assert_str_eq(report.stopped, "octets of one file");
    cr_assert_eq(system("cd $D && mkdir m && cd m && seq 1 300 | xargs touch && tar -cf ../i ."),
                 0);
    (void) walked("i", &small, &report);
    cr_assert_str_eq(report.stopped, "number of files");
    cr_assert_eq(system("cd $D && mkdir h && cd h && for n in 1 2 3 4 5 6; do head -c 900K "
                        "/dev/zero >$n; done && tar -czf ../i ."),
                 0);
    (void) walked("i", &small, &report);
    cr_assert_str_eq(report.stopped, "octets unpacked");
}

Test(image, survives_images_that_are_cut_or_bent)
{
    static const char *const makers[] = {
        "cd $D && rm -f i && mksquashfs root i -quiet -no-progress >/dev/null",
        "cd $D && rm -f i && /sbin/mke2fs -q -t ext4 -O ^has_journal -d root i 1M",
        "cd $D && tar -C root -czf i .",
        "cd $D/root && rm -f ../i.zip && zip -qr ../i.zip . && mv ../i.zip ../i",
    };
    static struct image_report report;

    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct error error = { .status = STATUS_OK };
        static struct seen seen;
        size_t length = 0;
        uint8_t *data;

        cr_assert_eq(system(makers[i]), 0);
        data = file_read("i", &length);
        for (size_t cut = 0; cut <= length; cut += length / 7) {
            seen = (struct seen){ .marker = false };
            cr_assert_eq(image_walk("image", data, cut, &none, visit, &seen, &report, &error),
                         STATUS_OK);
        }
        srand(1);
        for (unsigned turn = 0; turn < 40; turn++) {
            size_t at = (size_t) rand() % length;
            uint8_t was = data[at];

            data[at] ^= (uint8_t) (1 << turn % 8);
            seen = (struct seen){ .marker = false };
            cr_assert_eq(image_walk("image", data, length, &none, visit, &seen, &report, &error),
                         STATUS_OK);
            data[at] = was;
        }
        free(data);
    }
}
