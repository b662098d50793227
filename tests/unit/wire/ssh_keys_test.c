/* Answers recorded from real servers; harness/probes/ssh_server/README.md says which. */
#include "wire/ssh_keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define RECORDED SOURCE_ROOT "/harness/probes/ssh_server/fixtures/"

static uint8_t stream[8192];

/* The message after KEXINIT; *ret_kexinit too unless NULL. */
static struct ssh_packet answer_of(const char *name, struct ssh_kexinit *ret_kexinit)
{
    char path[512];
    FILE *file;
    struct ssh_ident ident;
    struct ssh_kexinit kexinit;
    struct ssh_packet packet;
    const char *why = "";
    size_t length;
    size_t at;

    (void) snprintf(path, sizeof path, "%s%s", RECORDED, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    length = fread(stream, 1, sizeof stream, file);
    (void) fclose(file);
    cr_assert_eq(wire_ssh_ident_read(stream, length, &ident, &why), SSH_PARSE_OK);
    at = ident.used;
    cr_assert_eq(wire_ssh_packet_read(stream + at, length - at, &packet, &why), SSH_PARSE_OK);
    cr_assert_eq(packet.message, SSH_MSG_KEXINIT);
    cr_assert(wire_ssh_kexinit_read(packet.body, &kexinit, &why), "%s", why);
    if (ret_kexinit != NULL) {
        *ret_kexinit = kexinit;
    }
    at += packet.used;
    cr_assert_eq(wire_ssh_packet_read(stream + at, length - at, &packet, &why), SSH_PARSE_OK);
    return packet;
}

Test(ssh_keys, real_keys)
{
    static const struct {
        const char *file;
        const char *type;
        const char *signature;
        unsigned bits;
        unsigned strength;
        enum x509_key_kind kind;
    } cases[] = {
        { "openssh_rsa.bin", "ssh-rsa", "rsa-sha2-512", 3072, 128, X509_KEY_RSA },
        { "openssh_rsa1024.bin", "ssh-rsa", "ssh-rsa", 1024, 80, X509_KEY_RSA },
        { "openssh_ecdsa.bin", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", 256, 128,
          X509_KEY_EC },
        { "openssh_ed25519.bin", "ssh-ed25519", "ssh-ed25519", 256, 128, X509_KEY_ED25519 },
        { "dropbear_ed25519.bin", "ssh-ed25519", "ssh-ed25519", 256, 128, X509_KEY_ED25519 },
        { "dropbear_ssh_rsa.bin", "ssh-rsa", "ssh-rsa", 2048, 112, X509_KEY_RSA },
        { "tinyssh_ed25519.bin", "ssh-ed25519", "ssh-ed25519", 256, 128, X509_KEY_ED25519 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ssh_packet packet = answer_of(cases[i].file, NULL);
        struct ssh_kex_reply reply;
        struct ssh_key key;

        cr_assert_eq(packet.message, SSH_MSG_KEX_REPLY);
        cr_assert(wire_ssh_kex_reply_read(packet.body, &reply), "%s", cases[i].file);
        cr_assert(wire_ssh_key_read(reply.host_key, &key), "%s", cases[i].file);
        cr_expect_str_eq(key.type, cases[i].type);
        cr_expect_str_eq(reply.signature_format, cases[i].signature);
        cr_expect_eq(key.bits, cases[i].bits, "%s: %u", cases[i].file, key.bits);
        cr_expect_eq(key.strength, cases[i].strength);
        cr_expect_eq(key.kind, cases[i].kind);
        for (size_t cut = 0; cut < reply.host_key.length; cut++) {
            cr_expect_not(wire_ssh_key_read((struct ssh_span){ reply.host_key.data, cut }, &key));
        }
    }
}

static struct ssh_key made(const struct builder *blob, bool sound)
{
    struct ssh_key key;

    cr_assert_eq(wire_ssh_key_read((struct ssh_span){ blob->start, blob->length }, &key), sound);
    return key;
}

Test(ssh_keys, a_dsa_key_is_as_strong_as_its_weaker_group)
{
    uint8_t room[2048];
    uint8_t ones[384];
    struct builder blob = builder_over(room, sizeof room);
    struct ssh_key key;

    memset(ones, 0xff, sizeof ones);
    wire_ssh_put_string(&blob, "ssh-dss", 7);
    wire_ssh_put_mpint(&blob, ones, 384);
    wire_ssh_put_mpint(&blob, ones, 20);
    wire_ssh_put_mpint(&blob, ones, 384);
    wire_ssh_put_mpint(&blob, ones, 384);
    key = made(&blob, true);
    cr_expect_eq(key.bits, 3072);
    cr_expect_eq(key.subgroup, 160);
    cr_expect_eq(key.strength, 80);
}

Test(ssh_keys, contradictions_have_no_strength)
{
    uint8_t room[256];
    uint8_t point[97] = { 4 };
    struct builder blob = builder_over(room, sizeof room);

    wire_ssh_put_string(&blob, "ecdsa-sha2-nistp256", 19);
    wire_ssh_put_string(&blob, "nistp256", 8);
    wire_ssh_put_string(&blob, point, sizeof point);
    cr_expect_eq(made(&blob, true).strength, 0);
    blob = builder_over(room, sizeof room);
    wire_ssh_put_string(&blob, "ssh-ed25519", 11);
    wire_ssh_put_string(&blob, point, 31);
    cr_expect_eq(made(&blob, true).strength, 0);
    builder_u8(&blob, 0);
    (void) made(&blob, false);
}

Test(ssh_keys, what_is_unknown_has_no_bits)
{
    uint8_t room[64];
    struct builder blob = builder_over(room, sizeof room);

    wire_ssh_put_string(&blob, "ssh-new", 7);
    wire_ssh_put_string(&blob, "anything", 8);
    cr_expect_eq(made(&blob, true).kind, X509_KEY_OTHER);
    cr_expect_eq(made(&blob, true).bits, 0);
}

Test(ssh_keys, a_certificate_holds_a_key)
{
    static const char type[] = "ssh-ed25519-cert-v01@openssh.com";
    uint8_t room[256];
    uint8_t bytes[32] = { 1 };
    struct builder blob = builder_over(room, sizeof room);
    struct ssh_key key;

    wire_ssh_put_string(&blob, type, sizeof type - 1);
    wire_ssh_put_string(&blob, bytes, 32);
    wire_ssh_put_string(&blob, bytes, 32);
    builder_put(&blob, bytes, 16);
    key = made(&blob, true);
    cr_expect(key.is_certificate);
    cr_expect_eq(key.strength, 128);
}

Test(ssh_keys, a_group)
{
    struct ssh_packet packet = answer_of("openssh_group.bin", NULL);
    struct ssh_span prime;

    cr_assert(wire_ssh_group_read(packet.body, &prime));
    cr_expect_eq(wire_ssh_bits(prime), 2048);
    packet.body.length--;
    cr_expect_not(wire_ssh_group_read(packet.body, &prime));
}

Test(ssh_keys, our_kexinit_agrees_with_theirs)
{
    struct ssh_kexinit theirs;
    struct ssh_kexinit ours;
    uint8_t room[1024];
    uint8_t cookie[SSH_COOKIE_LENGTH] = { 0 };
    const char *why = "";
    size_t length;

    (void) answer_of("openssh_ed25519.bin", &theirs);
    length = wire_ssh_kexinit_build(&theirs, theirs.lists[SSH_LIST_KEX],
                                    theirs.lists[SSH_LIST_HOST_KEY], cookie, room, sizeof room);
    cr_assert_gt(length, 1);
    cr_assert(wire_ssh_kexinit_read((struct ssh_span){ room + 1, length - 1 }, &ours, &why));
    cr_expect(
        wire_ssh_span_is(ours.lists[SSH_LIST_CIPHER_TO_CLIENT], "chacha20-poly1305@openssh.com"));
    cr_expect(wire_ssh_span_is(ours.lists[SSH_LIST_COMPRESSION_TO_SERVER], "none"));
    cr_expect_eq(wire_ssh_kexinit_build(&theirs, theirs.lists[SSH_LIST_KEX],
                                        theirs.lists[SSH_LIST_HOST_KEY], cookie, room, 40),
                 0);
}

static struct ssh_span span(const char *text)
{
    return (struct ssh_span){ (const uint8_t *) text, strlen(text) };
}

Test(ssh_keys, the_cheapest_exchange_is_chosen)
{
    cr_expect_str_eq(
        wire_ssh_kex_best(span("diffie-hellman-group14-sha1,x,,curve25519-sha256"))->name,
        "curve25519-sha256");
    cr_expect_null(wire_ssh_kex_best(span("x,y,ext-info-s")));
    cr_expect_null(wire_ssh_kex_best(span("")));
}

/* Each beginning of an exchange is one message with one string or number of the right length. */
Test(ssh_keys, every_exchange_begins)
{
    static const char *const names[] = { "curve25519-sha256",
                                         "ecdh-sha2-nistp256",
                                         "ecdh-sha2-nistp384",
                                         "ecdh-sha2-nistp521",
                                         "diffie-hellman-group1-sha1",
                                         "diffie-hellman-group18-sha512",
                                         "diffie-hellman-group-exchange-sha256",
                                         "sntrup761x25519-sha512",
                                         "mlkem768x25519-sha256" };
    static const size_t lengths[] = { 32, 65, 97, 133, 128, 1024, 255, 1190, 1216 };
    uint8_t noise[SSH_KEX_ROOM];
    uint8_t prime[256];

    memset(noise, 0xff, sizeof noise);
    memset(prime, 0xff, sizeof prime);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct ssh_kex_method *method = wire_ssh_kex_find(span(names[i]));
        uint8_t room[SSH_KEX_ROOM];
        size_t length;
        struct reader reader;

        cr_assert_not_null(method);
        length = wire_ssh_kex_begin(method, (struct ssh_span){ prime, sizeof prime }, noise, room,
                                    sizeof room);
        reader = reader_over(room, length);
        cr_expect_eq(reader_u8(&reader),
                     method->way == SSH_KEX_GROUP ? SSH_MSG_GEX_INIT : SSH_MSG_KEX_INIT);
        cr_expect_eq(wire_ssh_string(&reader).length, lengths[i], "%s", names[i]);
        cr_expect(reader_ok(&reader) && reader_left(&reader) == 0);
    }
}
