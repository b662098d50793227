#include "wire/x509_facts.h"

#include "wire/x509_der.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static uint8_t der[4096];

static size_t fixture(const char *name)
{
    char path[512];
    FILE *file;
    size_t length;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    length = fread(der, 1, sizeof der, file);
    (void) fclose(file);
    return length;
}

static struct x509_facts facts_of(const char *name)
{
    struct x509_facts facts;

    cr_assert(wire_x509_facts_read(der, fixture(name), &facts));
    return facts;
}

Test(x509_facts, rsa)
{
    struct x509_facts facts = facts_of("x509_rsa.der");
    char text[256];

    cr_assert_str_eq(facts.subject, "CN=device.example");
    cr_assert_str_eq(facts.issuer, facts.subject);
    cr_assert(facts.self_issued && facts.is_ca);
    cr_assert_eq(facts.key_kind, X509_KEY_RSA);
    cr_assert_eq(facts.key_bits, 2048);
    cr_assert_str_eq(facts.signature_algorithm, "sha256WithRSAEncryption");
    wire_x509_alternatives_text(&facts, text, sizeof text);
    cr_assert_str_eq(text, "DNS:device.example, IP:127.0.0.1");
}

Test(x509_facts, weak_rsa_without_alternatives)
{
    struct x509_facts facts = facts_of("x509_rsa1024_sha1.der");
    char text[256];

    cr_assert_eq(facts.key_bits, 1024);
    cr_assert_eq(wire_x509_strength_bits(facts.key_kind, facts.key_bits), 80);
    cr_assert_str_eq(facts.signature_algorithm, "sha1WithRSAEncryption");
    cr_assert_not(facts.is_ca);
    cr_assert_not(facts.has_alternatives);
    wire_x509_alternatives_text(&facts, text, sizeof text);
    cr_assert_str_eq(text, "");
    /* A common name alone stands for no host (RFC 9525 section 6.3). */
    cr_assert_not(wire_x509_names_host(&facts, "weak.example"));
}

Test(x509_facts, names_are_written_as_rfc_4514_says)
{
    struct x509_facts facts = facts_of("x509_ed25519.der");

    cr_assert_str_eq(facts.subject,
                     "CN=\\#cam 01\\ ,OU=a+OU=b\\, \\\"c\\\","
                     "O=\\E6\\A0\\AA\\E5\\BC\\8F\\E4\\BC\\9A\\E7\\A4\\BE\\E3\\83\\86\\E3\\82\\B9"
                     "\\E3\\83\\88,C=JP");
    cr_assert_str_eq(facts.serial, "00ff01");
    cr_assert_eq(facts.key_kind, X509_KEY_ED25519);
    cr_assert_str_eq(facts.signature_algorithm, "Ed25519");
    cr_assert_str_eq(facts.not_before, "2026-11-21T11:39:03Z");
    cr_assert_str_eq(facts.not_after, "2126-10-28T11:39:03Z"); /* GeneralizedTime */
}

Test(x509_facts, hosts)
{
    static const struct {
        const char *host;
        bool stands;
    } cases[] = {
        { "cam.example", true },       { "CAM.Example", true },  { "cam.example.", true },
        { "a.lan.example", true },     { "lan.example", false }, { "a.b.lan.example", false },
        { ".lan.example", false },     { "192.0.2.7", true },    { "192.0.2.8", false },
        { "2001:db8::7", true },       { "2001:db8::8", false }, { "ignored.example", false },
        { "cam.example.evil", false }, { "am.example", false },  { "", false },
    };
    struct x509_facts facts = facts_of("x509_wildcard.der");
    char text[256];

    cr_assert_eq(facts.key_bits, 384);
    cr_assert_str_eq(facts.curve, "secp384r1");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(wire_x509_names_host(&facts, cases[i].host), cases[i].stands, "%s",
                     cases[i].host);
    }
    wire_x509_alternatives_text(&facts, text, sizeof text);
    cr_assert_str_eq(text, "DNS:*.lan.example, DNS:cam.example, IP:192.0.2.7, IP:2001:db8::7, "
                           "other");
    wire_x509_alternatives_text(&facts, text, 40);
    cr_assert_str_eq(text, "DNS:*.lan.example, DNS:cam.example");
}

Test(x509_facts, every_cut_is_refused)
{
    static const char *const names[] = { "x509_ec.der", "x509_ed25519.der", "x509_wildcard.der" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = fixture(names[i]);
        struct x509_facts facts;

        for (size_t cut = 0; cut < length; cut++) {
            cr_assert_not(wire_x509_facts_read(der, cut, &facts), "%s %zu", names[i], cut);
        }
        cr_assert(wire_x509_facts_read(der, length, &facts));
    }
}

/* NIST SP 800-57 part 1 rev. 5 table 2. */
Test(x509_facts, strength)
{
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 1023), 0);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 2047), 80);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 2048), 112);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_DSA, 3072), 128);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 4096), 128);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 7680), 192);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_RSA, 15360), 256);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_EC, 192), 80);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_EC, 224), 112);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_EC, 256), 128);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_EC, 384), 192);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_EC, 521), 256);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_ED25519, 256), 128);
    cr_assert_eq(wire_x509_strength_bits(X509_KEY_OTHER, 4096), 0);
}

Test(x509_facts, oid_text)
{
    static const uint8_t rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b };
    static const uint8_t joint[] = { 0x88, 0x37, 0x03 };
    static const uint8_t endless[] = { 0x2a, 0x86 };
    char text[64];

    cr_assert(wire_x509_der_oid_text(rsa, sizeof rsa, text, sizeof text));
    cr_assert_str_eq(text, "1.2.840.113549.1.1.11");
    cr_assert(wire_x509_der_oid_text(joint, sizeof joint, text, sizeof text));
    cr_assert_str_eq(text, "2.999.3");
    cr_assert_not(wire_x509_der_oid_text(endless, sizeof endless, text, sizeof text));
    cr_assert_not(wire_x509_der_oid_text(rsa, sizeof rsa, text, 8));
    cr_assert_not(wire_x509_der_oid_text(rsa, 0, text, sizeof text));
}
