/* tls_primes.h - which primes of Diffie-Hellman many servers share (Adrian et al., "Imperfect
 * Forward Secrecy", CCS 2015, section 3: one precomputation then serves against all of them). */
#pragma once

/* By the lower-case hexadecimal SHA-256 of the prime, big endian without leading zeros; NULL: none
 * that is known here.  Known are those of RFC 2409, RFC 3526 and RFC 7919 (computed by their
 * formulae from pi and e), of RFC 5114 (from OpenSSL 3.0) and Postfix 3.7's own (from its library).
 */
const char *tls_server_prime_name(const char *sha256);
