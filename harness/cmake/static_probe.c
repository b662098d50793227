/* Asks at configuration whether a static program can be linked with what the verifier needs. */
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <zlib.h>

int main(void)
{
    X509_STORE *store = X509_STORE_new();
    json_t *json = json_object();
    z_stream stream = { 0 };

    return store != NULL && json != NULL && inflateInit(&stream) == Z_OK &&
                   EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") != NULL
               ? 0
               : 1;
}
