/* Keys are made by the programs that devices' makers use, at the moment of the test. */
#include "wire/leaks.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOUND_MAX = 16, FILE_MAX = 65536 };

struct found {
    struct leak leaks[FOUND_MAX];
    size_t count;
};

static bool keep(void *context, const struct leak *leak)
{
    struct found *found = context;

    if (found->count < FOUND_MAX) {
        found->leaks[found->count++] = *leak;
    }
    return true;
}

static struct found found_in(const void *data, size_t length)
{
    struct found found = { .count = 0 };

    wire_leaks_each(data, length, keep, &found);
    return found;
}

static void quoted(const char *text, enum leak_kind kind, const char *user, const char *quote)
{
    struct found found = found_in(text, strlen(text));
    char room[LEAK_QUOTE_SIZE];

    cr_assert_eq(found.count, 1, "%s: %zu", text, found.count);
    cr_assert_eq(found.leaks[0].kind, kind, "%s: %d", text, (int) found.leaks[0].kind);
    cr_assert_str_eq(found.leaks[0].user, user);
    wire_leak_quote(text, strlen(text), &found.leaks[0], room);
    cr_assert_str_eq(room, quote);
}

static void nothing(const char *text)
{
    struct found found = found_in(text, strlen(text));

    cr_assert_eq(found.count, 0, "%s: %s", text, found.leaks[0].what);
}

/* Made by the command on its standard output; behind three octets, since places are not aligned. */
static void key_found(const char *command, enum leak_kind kind, const char *what)
{
    static char data[FILE_MAX];
    FILE *pipe = popen(command, "re");
    struct found found;
    size_t length;

    cr_assert_not_null(pipe);
    memcpy(data, "\1\2\3", 3);
    length = 3 + fread(data + 3, 1, sizeof data - 3, pipe);
    cr_assert_eq(pclose(pipe), 0, "%s", command);
    found = found_in(data, length);
    cr_assert_eq(found.count, 1, "%s: %zu", command, found.count);
    cr_assert_eq(found.leaks[0].kind, kind, "%s", command);
    cr_assert_str_eq(found.leaks[0].what, what, "%s", command);
    cr_assert_eq(found.leaks[0].offset, 3, "%s: %zu", command, found.leaks[0].offset);
}

Test(leaks, tells_private_keys_by_their_structure)
{
    key_found("openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024", LEAK_KEY,
              "private key (PKCS#8, PEM)");
    key_found("openssl genrsa -traditional 1024 2>/dev/null", LEAK_KEY,
              "RSA private key (PKCS#1, PEM)");
    key_found("openssl genrsa 1024 2>/dev/null | openssl rsa -traditional -outform DER 2>/dev/null",
              LEAK_KEY, "RSA private key (PKCS#1, DER)");
    key_found("openssl ecparam -name prime256v1 -genkey -noout", LEAK_KEY,
              "EC private key (SEC 1, PEM)");
    key_found("openssl ecparam -name prime256v1 -genkey -noout -outform DER", LEAK_KEY,
              "EC private key (SEC 1, DER)");
    key_found("openssl genpkey -algorithm ed25519 -outform DER", LEAK_KEY,
              "private key (PKCS#8, DER)");
    key_found("openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc "
              "-pass pass:word",
              LEAK_KEY_LOCKED, "private key with a passphrase (PKCS#8, PEM)");
    key_found("openssl genrsa -traditional -aes128 -passout pass:word 1024 2>/dev/null",
              LEAK_KEY_LOCKED, "RSA private key (PKCS#1, PEM)");
    key_found("openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl "
              "pkcs8 -topk8 -outform DER -passout pass:word",
              LEAK_KEY_LOCKED, "private key with a passphrase (PKCS#8, DER)");
}

Test(leaks, tells_the_keys_of_ssh_servers)
{
    key_found("d=$(mktemp -d); ssh-keygen -q -t ed25519 -N '' -f $d/k; cat $d/k; rm -r $d",
              LEAK_KEY, "private key (OpenSSH, PEM)");
    key_found("d=$(mktemp -d); ssh-keygen -q -t ed25519 -N word -f $d/k; cat $d/k; rm -r $d",
              LEAK_KEY_LOCKED, "private key (OpenSSH, PEM)");
    key_found("d=$(mktemp -d); dropbearkey -t rsa -s 1024 -f $d/k >/dev/null 2>&1; cat $d/k; "
              "rm -r $d",
              LEAK_KEY, "SSH host key (Dropbear)");
    key_found("d=$(mktemp -d); dropbearkey -t ed25519 -f $d/k >/dev/null 2>&1; cat $d/k; rm -r $d",
              LEAK_KEY, "SSH host key (Dropbear)");
}

Test(leaks, leaves_public_things_alone)
{
    static char data[FILE_MAX];
    FILE *pipe = popen("openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj /CN=x "
                       "2>/dev/null; openssl genrsa 1024 2>/dev/null | openssl rsa -pubout "
                       "2>/dev/null; cat /bin/ls; strings -n 4 /usr/bin/openssl | head -c 20000",
                       "re");
    size_t length;
    struct found found;

    cr_assert_not_null(pipe);
    length = fread(data, 1, sizeof data, pipe);
    (void) pclose(pipe);
    cr_assert_gt(length, 20000);
    found = found_in(data, length);
    cr_assert_eq(found.count, 0, "%s at %zu", found.leaks[0].what, found.leaks[0].offset);
    nothing("-----BEGIN RSA PRIVATE KEY-----\0%s-----END");
    nothing("-----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- stand around a key");
}

Test(leaks, reads_a_key_in_json)
{
    const char text[] = "{\"key\":\"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIBwFzWbyGQ5l"
                        "Qn1cN0cJ8Q3qz0m5xkQ2zq1m\\n5xkQ2zq1moAoGCCqGSM49\\n-----END EC "
                        "PRIVATE KEY-----\\n\"}";
    struct found found = found_in(text, sizeof text - 1);
    char quote[LEAK_QUOTE_SIZE];

    cr_assert_eq(found.count, 1);
    wire_leak_quote(text, sizeof text - 1, &found.leaks[0], quote);
    cr_assert_str_eq(quote, "");
}

Test(leaks, tells_password_hashes)
{
    quoted("root:$1$abcdefgh$1234567890123456789012:19000:0:99999:7:::", LEAK_HASH, "root",
           "root:***");
    quoted("x $6$rounds=5000$saltsalt$"
           "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345"
           "6 y",
           LEAK_HASH, "", "x ***");
    quoted("admin:$2b$10$12345678901234567890121234567890123456789012345678901:", LEAK_HASH,
           "admin", "admin:***");
    quoted("u:$y$j9T$salt$1234567890123456789012345678901234567890123:1:", LEAK_HASH, "u", "u:***");
    quoted("root:abJnggxhB/yWI:0:0:root:/root:/bin/sh", LEAK_HASH, "root", "root:***");
    quoted("admin:1000:aad3b435b51404eeaad3b435b51404ee:8846f7eaee8fb117ad06bdd830b7586c:[U  ]:",
           LEAK_HASH, "admin", "admin:1000:***");
    nothing("root:x:0:0:root:/root:/bin/sh");
    nothing("root:*:19000:0:99999:7:::");
    nothing("$6$ is SHA-512, $1$ is MD5, $2b$10$ is bcrypt");
    nothing("$2a$00$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghij");
}

Test(leaks, tells_open_doors)
{
    quoted("root::0:0:root:/root:/bin/sh", LEAK_NO_PASSWORD, "root",
           "root::0:0:root:/root:/bin/sh");
    quoted("admin::19000:0:99999:7:::", LEAK_NO_PASSWORD, "admin", "admin::19000:0:99999:7:::");
    quoted("  /usr/sbin/telnetd -F -l /bin/sh &", LEAK_SHELL, "",
           "  /usr/sbin/telnetd -F -l /bin/sh &");
    quoted("busybox nc -ll -p 4444 -e /bin/ash", LEAK_SHELL, "",
           "busybox nc -ll -p 4444 -e /bin/ash");
    nothing("daemon::1:1::/:/sbin/nologin");
    nothing("telnetd -l /bin/login");
    nothing("# telnetd -l /bin/sh");
    nothing("a::b::c");
}

Test(leaks, guesses_at_fixed_passwords)
{
    quoted("wpa_passphrase=Sesame42", LEAK_LOGIN, "", "wpa_passphrase=***");
    quoted("  \"adminPassword\": \"hunter22\",", LEAK_LOGIN, "", "  \"adminPassword\": \"***");
    quoted("psk=\"correct-horse\"", LEAK_LOGIN, "", "psk=\"***");
    quoted("password: hunter22", LEAK_LOGIN, "", "password: ***");
    quoted("key AKIAIOSFODNN7EXAMPLE here", LEAK_TOKEN, "", "key ***");
    {
        const char two[] = "password=hunter22 psk=hunter33";
        struct found found = found_in(two, sizeof two - 1);
        char room[LEAK_QUOTE_SIZE];

        cr_assert_eq(found.count, 2);
        wire_leak_quote(two, sizeof two - 1, &found.leaks[0], room);
        cr_assert_str_eq(room, "password=***");
        wire_leak_quote(two, sizeof two - 1, &found.leaks[1], room);
        cr_assert_str_eq(room, "password=******** psk=***");
    }
    nothing("# password = hunter22");
    nothing("passwd:         files");
    nothing("password=$1");
    nothing("wrong password: please");
    nothing("password=%s");
    nothing("password=password");
    nothing("<input type=\"password\" name=\"password\">");
    nothing("var password = document.getElementById('p');");
    nothing("user=&password=&x=12345");
}
