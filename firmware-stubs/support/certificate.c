#include "support/certificate.h"

#include "support/files.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

enum { DAY_S = 24 * 3600, AUTHORITY_DAYS = 3650, SERVER_DAYS = 730, RSA_BITS = 2048 };

static void key_done(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void x509_done(X509 **certificate)
{
    X509_free(*certificate);
}

/* RFC 5280 section 4.1.2.2: a positive number, here with 126 random bits. */
static bool serial_set(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool right = number != NULL && BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                 BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

    BN_free(number);
    return right;
}

static bool extension_add(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool right = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return right;
}

static bool name_set(X509 *certificate, const char *organisation, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                      (const unsigned char *) organisation, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *) common_name, -1, -1, 0) == 1;
}

static bool body_set(X509 *certificate, EVP_PKEY *key, int days)
{
    return X509_set_version(certificate, X509_VERSION_3) == 1 && serial_set(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), (long) days * DAY_S) != NULL &&
           X509_set_pubkey(certificate, key) == 1;
}

static bool authority_make(const struct certificate_request *request, X509 *authority,
                           EVP_PKEY *key)
{
    return body_set(authority, key, AUTHORITY_DAYS) &&
           name_set(authority, request->organisation, "Device CA") &&
           X509_set_issuer_name(authority, X509_get_subject_name(authority)) == 1 &&
           extension_add(authority, authority, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           extension_add(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           extension_add(authority, authority, NID_subject_key_identifier, "hash") &&
           X509_sign(authority, key, EVP_sha256()) > 0;
}

static bool server_make(const struct certificate_request *request, X509 *server, EVP_PKEY *key,
                        X509 *authority, EVP_PKEY *authority_key)
{
    return body_set(server, key, SERVER_DAYS) &&
           name_set(server, request->organisation, request->common_name) &&
           X509_set_issuer_name(server, X509_get_subject_name(authority)) == 1 &&
           extension_add(server, authority, NID_basic_constraints, "critical,CA:FALSE") &&
           extension_add(server, authority, NID_key_usage,
                         request->rsa ? "critical,digitalSignature,keyEncipherment"
                                      : "critical,digitalSignature") &&
           extension_add(server, authority, NID_ext_key_usage, "serverAuth") &&
           extension_add(server, authority, NID_subject_alt_name, request->alternative_name) &&
           extension_add(server, authority, NID_subject_key_identifier, "hash") &&
           extension_add(server, authority, NID_authority_key_identifier, "keyid:always") &&
           X509_sign(server, authority_key, EVP_sha256()) > 0;
}

static bool pem_write(const char *path, mode_t mode, X509 *certificate, EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool right = memory != NULL;

    if (right && certificate != NULL) {
        right = PEM_write_bio_X509(memory, certificate) == 1;
    }
    if (right && key != NULL) {
        right = PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1;
    }
    if (right) {
        long length = BIO_get_mem_data(memory, &text);
        right = file_write(path, mode, text, (size_t) length);
    }
    BIO_free(memory);
    return right;
}

bool certificate_provide(const char *directory, const struct certificate_request *request)
{
    DEFER(text_free) char *certs = path_join(directory, "certs");
    DEFER(text_free) char *keys = path_join(directory, "keys");
    DEFER(text_free) char *authority_path = path_join(certs, "device-ca.pem");
    DEFER(text_free) char *server_path = path_join(certs, "server.pem");
    DEFER(text_free) char *key_path = path_join(keys, "server.key");

    if (access(authority_path, R_OK) == 0 && access(server_path, R_OK) == 0 &&
        access(key_path, R_OK) == 0) {
        return true;
    }
    DEFER(key_done) EVP_PKEY *authority_key = EVP_EC_gen("P-256");
    DEFER(key_done)
    EVP_PKEY *server_key = request->rsa ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
    DEFER(x509_done) X509 *authority = X509_new();
    DEFER(x509_done) X509 *server = X509_new();
    if (authority_key == NULL || server_key == NULL || authority == NULL || server == NULL ||
        !authority_make(request, authority, authority_key) ||
        !server_make(request, server, server_key, authority, authority_key)) {
        return complain("the device's certificates cannot be made");
    }
    return directory_make(certs) && directory_make(keys) &&
           pem_write(authority_path, 0644, authority, NULL) &&
           pem_write(server_path, 0644, server, NULL) &&
           pem_write(key_path, 0600, NULL, server_key);
}
