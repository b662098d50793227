/* verify_bench - what a verification costs beside what no verifier can avoid.
 *
 *   verify_bench cost FOLDER MEGABYTES KIND   prints one line; FOLDER/bench.hoshi stays there
 *   verify_bench memory VERIFIER MEGABYTES ENTRIES LIMIT_MIB
 *
 * KIND: `media` (what does not compress: photographs, captures of encrypted traffic), `withhold`
 * (the same, withholdable, so that each byte is under a digest and a commitment), `run` (a tenth
 * is transcripts as text and the event log, deflated), `text` (all of it is).
 *
 * The floor is one SHA-256 pass over the contents of all entries (of as many bytes; for stored
 * ones also their reading from the file) and as many ECDSA verifications as the bundle and the
 * trust store have signatures, by the very functions that the verifier calls.
 *
 * `memory` makes a bundle of zeros and asks the kernel how much memory the verifier touched at
 * most.  Exit 0, 1 above the limit or not OK, 64 usage, 70 when a bundle cannot be made. */
#include "world.h"

#include "base/text.h"
#include "evidence/container_read.h"
#include "evidence/json_strict.h"
#include "evidence/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MEGABYTE = 1000 * 1000,
    PIECE = 8 * MEGABYTE, /* the size of one file of media */
    PIECES_MAX = 256,
    WINDOW = 64 * 1024,
    SIGNATURES = 3, /* two statements and the trust store */
    EVENT_SIZE = 260,
    ROUNDS = 5,
    ROUNDS_SMALL = 100 /* below SMALL megabytes, where one is soon over */,
    SMALL = 10
};

struct kind {
    const char *name;
    unsigned text_percent;
    enum manifest_disclosure disclosure;
};

static const struct kind kinds[] = { { "media", 0, MANIFEST_REQUIRED },
                                     { "withhold", 0, MANIFEST_WITHHOLDABLE },
                                     { "run", 10, MANIFEST_REQUIRED },
                                     { "text", 100, MANIFEST_REQUIRED } };

struct cost {
    double wall;
    double cpu;
};

static void must_do(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(70);
    }
}

/* ---- the bundle ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static void write_noise(FILE *file, size_t length, uint64_t *state)
{
    uint64_t room[1024];

    while (length > 0) {
        size_t part = length < sizeof room ? length : sizeof room;

        for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) {
            room[i] = next_random(state);
        }
        must_do(fwrite(room, 1, part, file) == part, "noise");
        length -= part;
    }
}

static void write_text(FILE *file, size_t length, uint64_t *state)
{
    char line[512];
    size_t at = 0;

    while (at < length) {
        uint64_t value = next_random(state);
        int size = snprintf(line, sizeof line,
                            "{\"at_ms\":%zu,\"dir\":\"%s\",\"data\":\"16030300%04x0100%016llx"
                            "c02bc02fc02cc030cca9cca8c013c014009c009d002f0035\",\"len\":%u}\n",
                            at, (value & 1) == 0 ? "sent" : "received", (unsigned) (value >> 48),
                            (unsigned long long) value, (unsigned) (value >> 40) & 0xfff);
        size_t part = (size_t) size < length - at ? (size_t) size : length - at;

        must_do(fwrite(line, 1, part, file) == part, "text");
        at += part;
    }
}

struct pieces {
    struct bundle_entry entries[PIECES_MAX];
    char names[PIECES_MAX][32];
    char files[PIECES_MAX][WORLD_PATH];
    size_t count;
    uint64_t state;
};

static void add_piece(struct pieces *pieces, const struct world *world, const struct kind *kind,
                      bool text, size_t length)
{
    size_t i = pieces->count++;
    FILE *file;

    must_do(i < PIECES_MAX, "too many pieces");
    (void) snprintf(pieces->names[i], sizeof pieces->names[i], "%s/%03zu", text ? "wire" : "docs",
                    i);
    world_path(world, pieces->names[i] + 5, pieces->files[i]);
    file = fopen(pieces->files[i], "wbe");
    must_do(file != NULL, pieces->files[i]);
    if (text) {
        write_text(file, length, &pieces->state);
    } else {
        write_noise(file, length, &pieces->state);
    }
    must_do(fclose(file) == 0, pieces->files[i]);
    pieces->entries[i] = (struct bundle_entry){ .path = pieces->names[i],
                                                .class = text ? "wire" : "document",
                                                .disclosure = kind->disclosure,
                                                .file = pieces->files[i] };
}

static void make_bundle(const struct world *world, const struct kind *kind, size_t total)
{
    struct pieces *pieces = calloc(1, sizeof *pieces);
    const struct world_store store = { 0 };
    const size_t text = total / 100 * kind->text_percent;
    size_t log = text / 4 < 20 * MEGABYTE ? text / 4 : 20 * MEGABYTE;
    struct world_bundle how = { .events = log / EVENT_SIZE };

    must_do(pieces != NULL, "memory");
    pieces->state = 0x686f736869746f72ULL;
    for (size_t left = text - log, part; left > 0; left -= part) {
        part = left < PIECE ? left : PIECE;
        add_piece(pieces, world, kind, true, part);
    }
    for (size_t left = total - text, part; left > 0; left -= part) {
        part = left < PIECE ? left : PIECE;
        add_piece(pieces, world, kind, false, part);
    }
    how.more = pieces->entries;
    how.more_count = pieces->count;
    world_store(world, &store, "trust.json");
    world_bundle(world, &how, "honest.hoshi");
    for (size_t i = 0; i < pieces->count; i++) {
        (void) unlink(pieces->files[i]);
    }
    free(pieces);
}

/* ---- the costs ---- */

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void) clock_gettime(clock, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static struct cost start(void)
{
    return (struct cost){ seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID) };
}

static void keep_best(struct cost *best, struct cost begun)
{
    struct cost now = start();

    now.wall -= begun.wall;
    now.cpu -= begun.cpu;
    if (best->wall <= 0 || now.wall < best->wall) {
        *best = now;
    }
}

struct contents {
    uint64_t stored;
    uint64_t inflated; /* of deflated entries */
};

static struct contents contents_of(const char *path)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct contents contents = { 0 };
    struct error error = { 0 };

    must(container_read_open(path, NULL, &reader, &error), &error);
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);

        *(entry->deflated ? &contents.inflated : &contents.stored) += entry->size;
    }
    return contents;
}

/* Stored contents are read and digested, inflated ones digested from memory. */
static void digest_pass(const char *path, const struct contents *contents)
{
    static uint8_t room[WINDOW];
    struct digest_stream stream;
    struct digest digest;
    struct error error = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    must_do(fd >= 0, path);
    digest_open(&stream);
    for (uint64_t left = contents->stored, part; left > 0; left -= part) {
        part = left < WINDOW ? left : WINDOW;
        must_do(read(fd, room, part) == (ssize_t) part, path);
        digest_update(&stream, room, part);
    }
    for (uint64_t left = contents->inflated, part; left > 0; left -= part) {
        part = left < WINDOW ? left : WINDOW;
        digest_update(&stream, room, part);
    }
    must(digest_close(&stream, &digest, &error), &error);
    (void) close(fd);
}

static void signature_pass(const struct key *key)
{
    static const uint8_t hash[KEY_HASH_SIZE] = { 1 };
    static uint8_t signature[KEY_SIGNATURE_MAX];
    static size_t length;
    struct error error = { 0 };

    if (length == 0) {
        must(key_sign(key, hash, signature, &length, &error), &error);
    }
    for (int i = 0; i < SIGNATURES; i++) {
        must_do(public_key_verify(&key->public_half, hash, signature, length) == SIGNATURE_GOOD,
                "signature");
    }
}

static void verification_pass(const char *path, const char *trust)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct verify_options options = { .trust_path = trust };
    struct error error = { 0 };
    json_t *report = NULL;
    enum verify_exit exit_code;

    must_do(json_strict_time(WORLD_AT, &options.at_ms), "time");
    exit_code = bundle_verify(path, &options, arena, NULL, &report, &error);
    if (exit_code != VERIFY_OK) {
        (void) fprintf(stderr, "verify_bench: exit %d %s\n", (int) exit_code, error.message);
        exit(70);
    }
    json_decref(report);
}

static int cost(const char *folder, unsigned long long megabytes, const struct kind *kind)
{
    struct world world = { 0 };
    char path[WORLD_PATH];
    char trust[WORLD_PATH];
    char kept[WORLD_PATH];
    struct contents contents;
    struct cost floor = { 0 };
    struct cost ours = { 0 };

    must_do(setenv("TMPDIR", folder, 1) == 0, folder);
    world_open(&world);
    make_bundle(&world, kind, megabytes * MEGABYTE);
    world_path(&world, "honest.hoshi", path);
    world_path(&world, "trust.json", trust);
    contents = contents_of(path);
    signature_pass(&world.keys[WORLD_VENDOR]);
    for (int round = 0; round < (megabytes < SMALL ? ROUNDS_SMALL : ROUNDS); round++) {
        struct cost begun = start();

        digest_pass(path, &contents);
        signature_pass(&world.keys[WORLD_VENDOR]);
        keep_best(&floor, begun);
        begun = start();
        verification_pass(path, trust);
        keep_best(&ours, begun);
    }
    (void) printf(
        "%-8s %5llu MB (%3llu %% deflated)  floor %.4f s  ours %.4f s  wall %.2f  "
        "cpu %.2f\n",
        kind->name, megabytes,
        (unsigned long long) (contents.inflated * 100 / (contents.inflated + contents.stored)),
        floor.wall, ours.wall, ours.wall / floor.wall, ours.cpu / floor.cpu);
    (void) snprintf(kept, sizeof kept, "%s/bench.hoshi", folder);
    must_do(rename(path, kept) == 0, kept);
    world_done(&world);
    return 0;
}

/* ---- memory ---- */

static void make_zeros(const struct world *world, size_t megabytes, size_t count)
{
    struct bundle_entry *entries = calloc(count, sizeof *entries);
    char(*names)[32] = calloc(count, sizeof *names);
    const struct world_store store = { 0 };
    const struct world_bundle how = { .more = entries, .more_count = count };
    const size_t each = megabytes * MEGABYTE / count;
    char path[WORLD_PATH];
    int fd;

    must_do(entries != NULL && names != NULL, "memory");
    world_path(world, "zeros", path);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    must_do(fd >= 0 && ftruncate(fd, (off_t) each) == 0 && close(fd) == 0, path);
    for (size_t i = 0; i < count; i++) {
        (void) snprintf(names[i], sizeof names[i], "docs/%05zu", i);
        entries[i] = (struct bundle_entry){ .path = names[i], .class = "document", .file = path };
    }
    world_store(world, &store, "trust.json");
    world_bundle(world, &how, "honest.hoshi");
    (void) unlink(path);
    free(entries);
    free(names);
}

static int memory(const char *verifier, unsigned long long megabytes, unsigned long long count,
                  unsigned long long limit_mib)
{
    struct world world = { 0 };
    char path[WORLD_PATH];
    char trust[WORLD_PATH];
    struct rusage usage;
    int state = 0;
    pid_t child;
    bool good;

    world_open(&world);
    make_zeros(&world, megabytes, count);
    world_path(&world, "honest.hoshi", path);
    world_path(&world, "trust.json", trust);
    child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0) {
            (void) execl(verifier, verifier, path, "--trust", trust, "--at", WORLD_AT, "--json",
                         (char *) NULL);
        }
        _exit(126);
    }
    must_do(child > 0 && wait4(child, &state, 0, &usage) == child, verifier);
    good = WIFEXITED(state) && WEXITSTATUS(state) == VERIFY_OK &&
           (unsigned long long) usage.ru_maxrss <= limit_mib * 1024;
    (void) printf("%s %llu MB in %llu entries: exit %d, %.1f MiB of memory at most\n",
                  good ? "ok" : "WRONG", megabytes, count, WEXITSTATUS(state),
                  (double) usage.ru_maxrss / 1024);
    world_done(&world);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    unsigned long long megabytes = 0;
    unsigned long long count = 0;
    unsigned long long limit = 0;

    if (argc == 5 && text_equal(argv[1], "cost") &&
        text_to_unsigned(argv[3], 1500, &megabytes) == STATUS_OK && megabytes > 0) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (text_equal(argv[4], kinds[i].name)) {
                return cost(argv[2], megabytes, &kinds[i]);
            }
        }
    }
    if (argc == 6 && text_equal(argv[1], "memory") &&
        text_to_unsigned(argv[3], 3000, &megabytes) == STATUS_OK &&
        text_to_unsigned(argv[4], MANIFEST_ENTRIES_MAX, &count) == STATUS_OK && count > 0 &&
        text_to_unsigned(argv[5], 100000, &limit) == STATUS_OK) {
        return memory(argv[2], megabytes, count, limit);
    }
    (void) fputs("verify_bench cost FOLDER MEGABYTES media|withhold|run|text\n"
                 "verify_bench memory VERIFIER MEGABYTES ENTRIES LIMIT_MIB\n",
                 stderr);
    return 64;
}
