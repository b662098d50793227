#include "engine/child.h"

#include <criterion/criterion.h>
#include <fcntl.h>
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
