#include "evidence/container_crc.h"

#include <zlib.h>

static uint32_t crc_plain(uint32_t crc, const uint8_t *data, size_t length)
{
    return (uint32_t) crc32_z(crc, data, length);
}

#if defined(__x86_64__)

#include <immintrin.h>

#define FOLDING __attribute__((target("pclmul,sse4.1")))

/* Folding by carry-less multiplication: Gopal and others, "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ Instruction", Intel 2009.  A block of 128 bits that stands n bits
 * before another may be replaced by its remainder at that distance, added to the other; the
 * constants are x^d mod P, bit-reflected, for the distances of the four lanes and of one. */
enum { LANE = 16, LANES = 4 * LANE };

static const uint64_t four_lanes[2] = { 0x154442bd4, 0x1c6e41596 }; /* d = 544, 480 */
static const uint64_t one_lane[2] = { 0x1751997d0, 0x0ccaa009e };   /* d = 160, 96 */
static const uint64_t one_word = 0x163cd6124;                       /* d = 64 */
static const uint64_t barrett[2] = { 0x1db710641, 0x1f7011641 };    /* P, and x^64 / P */

FOLDING static __m128i load(const uint8_t *at)
{
    return _mm_loadu_si128((const __m128i *) (const void *) at);
}

FOLDING static __m128i pair(const uint64_t constants[2])
{
    return _mm_set_epi64x((long long) constants[1], (long long) constants[0]);
}

FOLDING static __m128i fold(__m128i block, __m128i constants, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(block, constants, 0x00);
    __m128i high = _mm_clmulepi64_si128(block, constants, 0x11);

    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* 128 bits to 32: first to 96 and 64, then Barrett's reduction. */
FOLDING static uint32_t reduce(__m128i block)
{
    const __m128i word = _mm_setr_epi32(-1, 0, -1, 0);
    __m128i rest;

    rest = _mm_clmulepi64_si128(block, pair(one_lane), 0x10);
    block = _mm_xor_si128(_mm_srli_si128(block, 8), rest);
    rest = _mm_srli_si128(block, 4);
    block = _mm_clmulepi64_si128(_mm_and_si128(block, word),
                                 _mm_set_epi64x(0, (long long) one_word), 0x00);
    block = _mm_xor_si128(block, rest);
    rest = _mm_clmulepi64_si128(_mm_and_si128(block, word), pair(barrett), 0x10);
    rest = _mm_clmulepi64_si128(_mm_and_si128(rest, word), pair(barrett), 0x00);
    return (uint32_t) _mm_extract_epi32(_mm_xor_si128(block, rest), 1);
}

/* length is a multiple of 16 and at least 64; state is the register, not its complement. */
FOLDING static uint32_t crc_folded(uint32_t state, const uint8_t *at, size_t length)
{
    __m128i lanes[4];
    __m128i block;

    for (size_t i = 0; i < 4; i++) {
        lanes[i] = load(at + i * LANE);
    }
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int) state));
    for (at += LANES, length -= LANES; length >= LANES; at += LANES, length -= LANES) {
        for (size_t i = 0; i < 4; i++) {
            lanes[i] = fold(lanes[i], pair(four_lanes), load(at + i * LANE));
        }
    }
    block = lanes[0];
    for (size_t i = 1; i < 4; i++) {
        block = fold(block, pair(one_lane), lanes[i]);
    }
    for (; length >= LANE; at += LANE, length -= LANE) {
        block = fold(block, pair(one_lane), load(at));
    }
    return reduce(block);
}

uint32_t container_crc(uint32_t crc, const void *data, size_t length)
{
    const uint8_t *at = data;
    size_t folded = length / LANE * LANE;

    if (folded >= LANES && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        crc = ~crc_folded(~crc, at, folded);
        at += folded;
        length -= folded;
    }
    return length == 0 ? crc : crc_plain(crc, at, length);
}

#else

uint32_t container_crc(uint32_t crc, const void *data, size_t length)
{
    return length == 0 ? crc : crc_plain(crc, data, length);
}

#endif
