#include "engine/child.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(child, what_is_printed_on_a_unit_is_veiled_too)
{
    char path[] = "/tmp/hoshitori-child-XXXXXX";
    int fd = mkstemp(path); /* mode 0600 */
    struct unit units[] = { { .id = "a", .label_password_file = path },
                            { .id = "b", .label_password_file = "/nowhere/label" } };
    struct profile profile = { .units = units, .unit_count = 2 };
    static const char said[] = "welcome, default password K7-lantern-over";
    struct veil *veil;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "K7-lantern-over\n", 16), 16);
    (void) close(fd);
    veil = child_veil(&profile);
    cr_expect(veil_hides(veil, said, strlen(said), VEIL_FACT_LEAST));
    cr_expect_not(veil_hides(veil, "welcome", 7, VEIL_FACT_LEAST));
    veil_free(veil);
    (void) unlink(path);
}

Test(child, a_serial_number_is_veiled_unless_it_is_a_counter)
{
    char path[] = "/tmp/hoshitori-child-XXXXXX";
    int fd = mkstemp(path); /* mode 0600 */
    struct unit unit = { .id = "a", .serial_file = path };
    struct profile profile = { .units = &unit, .unit_count = 1 };
    struct veil *veil;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "SN-0042\n", 8), 8);
    veil = child_veil(&profile);
    cr_expect(veil_hides(veil, "I am SN-0042", 12, VEIL_TRANSCRIPT_LEAST));
    veil_free(veil);
    cr_assert_eq(ftruncate(fd, 0), 0);
    cr_assert_eq(pwrite(fd, "0042\n", 5, 0), 5);
    (void) close(fd);
    veil = child_veil(&profile);
    cr_expect_not(veil_hides(veil, "0042", 4, VEIL_TRANSCRIPT_LEAST));
    veil_free(veil);
    (void) unlink(path);
}

Test(child, the_password_of_a_plug_is_veiled_too)
{
    struct lever_way ways[2] = { { .by = LEVER_BY_REQUEST, .at = { .user = "bench" } },
                                 { .by = LEVER_BY_SNMP } };
    struct profile profile = { .levers = ways, .lever_count = 2 };
    static const char said[] = "GET /relay/0?key=lamp-of-9-hills";
    struct veil *veil;

    cr_assert_eq(secret_set(&ways[0].at.secret, "lamp-of-9-hills", 15, SECRET_FOR_CHILDREN, NULL),
                 STATUS_OK);
    cr_assert_eq(secret_set(&ways[1].at.secret, "public", 6, SECRET_FOR_CHILDREN, NULL), STATUS_OK);
    veil = child_veil(&profile);
    cr_expect(veil_hides(veil, said, strlen(said), VEIL_FACT_LEAST));
    cr_expect_not(veil_hides(veil, "a public key", 12, VEIL_FACT_LEAST),
                  "a community is a word, and withheld where it is sent");
    veil_free(veil);
    secret_done(&ways[0].at.secret);
    secret_done(&ways[1].at.secret);
}

/* What is cut off it would have told that it is one. */
Test(child, words_lose_a_secret_that_does_not_fit)
{
    struct veil *veil = veil_new();
    char message[400];
    char room[256];

    veil_add(veil, "", "K7-lantern-over");
    (void) snprintf(message, sizeof message, "%0245dK7-lantern-over", 0);
    child_words(veil, message, room);
    cr_expect_null(strstr(room, "K7-lant"), "%s", room);
    veil_free(veil);
}
