#include "probe/disclosure.h"
#include "support/account.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT = 8080 };

/* What one text discloses: its row's text, and how many labels it names. */
static const char *disclosed(struct disclosure *disclosure, const char *text, size_t labels)
{
    struct error error;

    cr_assert_eq(disclosure_add(disclosure, PORT, "http", text, &error), STATUS_OK);
    cr_expect_eq(json_array_size(disclosure->found), labels, "%s", text);
    return json_string_value(json_object_get(
        json_array_get(disclosure->rows, json_array_size(disclosure->rows) - 1), "text"));
}

static const char *label(const struct disclosure *disclosure, size_t i)
{
    return json_string_value(json_array_get(disclosure->found, i));
}

Test(disclosure, names_what_is_declared_and_withholds_it)
{
    static const char secret[] = "Kq7-not-in-a-list";
    char serial[] = "/tmp/hoshitori-serial-XXXXXX";
    int fd = mkstemp(serial);
    struct credential credential = account("admin", secret);
    struct auth auth = { .id = "web-login", .credentials = &credential, .credential_count = 1 };
    const struct unit unit = { .id = "a", .mac = "02:00:5e:10:01:0a", .serial_file = serial };
    const struct profile profile = {
        .auths = &auth, .auth_count = 1, .units = &unit, .unit_count = 1
    };
    struct disclosure disclosure = disclosure_start(&profile);
    struct error error;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "SN-0012345\n", 11), 11);
    cr_assert_eq(close(fd), 0);
    cr_expect_str_eq(disclosed(&disclosure, "nginx/1.22.1", 0), "nginx/1.22.1");
    cr_expect_str_eq(disclosed(&disclosure, "camera 02005E10010A ready", 1), "(withheld)");
    cr_expect_str_eq(disclosed(&disclosure, "camera 02-00-5e-10-01-0a", 1), "(withheld)");
    cr_expect_str_eq(disclosed(&disclosure, "camera 02:00:5e:10:01:0b", 1),
                     "camera 02:00:5e:10:01:0b");
    cr_expect_str_eq(disclosed(&disclosure, "EX-1 sn-0012345", 2), "(withheld)");
    cr_expect_str_eq(disclosed(&disclosure, "password Kq7-not-in-a-list", 3), "(withheld)");
    cr_expect_str_eq(label(&disclosure, 0), "hardware address of a");
    cr_expect_str_eq(label(&disclosure, 1), "serial number of a");
    cr_expect_str_eq(label(&disclosure, 2), "authentication value of web-login");
    cr_assert_eq(disclosure_add(&disclosure, PORT, "http", "", &error), STATUS_OK);
    cr_expect_eq(json_array_size(disclosure.rows), 6);
    disclosure_done(&disclosure);
    secret_done(&credential.secret);
    (void) unlink(serial);
}

Test(disclosure, says_that_a_declared_file_is_missing)
{
    const struct unit unit = { .id = "a", .serial_file = "/nowhere/serial" };
    const struct profile profile = { .units = &unit, .unit_count = 1 };
    struct disclosure disclosure = disclosure_start(&profile);
    struct error error;

    cr_expect_eq(disclosure_add(&disclosure, PORT, "http", "text", &error), STATUS_BAD_INPUT);
    disclosure_done(&disclosure);
}
