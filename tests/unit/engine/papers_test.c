/* Documents are collected once in a run, however often it is interrupted. */
#include "engine/papers.h"

#include "evidence/json_strict.h"
#include "probe/registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAPER SOURCE_ROOT "/harness/probes/document/fixtures/policy.sjis.txt"

struct scene {
    struct arena *arena;
    struct journal *journal;
    json_t *said;
    struct document documents[3];
    struct profile profile;
    struct clause clause;
    struct check check;
    struct plan_item item;
    struct plan plan;
    char folder[64];
};

static const char *const ours[] = { "C-1" };
static const char *const others[] = { "C-2" };

static void scene_open(struct scene *scene, const char *probe)
{
    *scene = (struct scene){
        .arena = arena_new(),
        .said = json_object(),
        .documents = { { .id = "a", .clauses = ours, .clause_count = 1, .file = PAPER },
                       { .id = "b", .clauses = others, .clause_count = 1, .file = PAPER },
                       { .id = "c", .clauses = ours, .clause_count = 1, .file = "/nonexistent" } },
        .clause = { .id = "C-1" },
    };
    scene->profile = (struct profile){ .documents = scene->documents, .document_count = 3 };
    scene->check =
        (struct check){ .id = "x", .clause = &scene->clause, .probe = &probe_find(probe)->decl };
    scene->item = (struct plan_item){ .id = "x@y", .check = &scene->check };
    scene->plan =
        (struct plan){ .profile = &scene->profile, .items = &scene->item, .item_count = 1 };
    (void) snprintf(scene->folder, sizeof scene->folder, "/tmp/hoshitori-papers-%d.partial",
                    (int) getpid());
    cr_assert_eq(journal_create(scene->folder, &scene->journal, NULL), STATUS_OK);
    cr_assert_eq(journal_settle(scene->journal, NULL), STATUS_OK);
}

static void scene_close(struct scene *scene)
{
    cr_expect_eq(journal_remove(&scene->journal, NULL), STATUS_OK);
    cr_expect_neq(access(scene->folder, F_OK), 0, "nothing of it stays");
    json_decref(scene->said);
    arena_free(scene->arena);
}

static size_t collect(struct scene *scene, struct papers *papers)
{
    struct error error = { 0 };
    struct evlog_summary summary;

    cr_assert_eq(papers_collect(scene->journal, &scene->plan, scene->said, NULL, scene->arena,
                                papers, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(journal_summary(scene->journal, &summary, NULL), STATUS_OK);
    return summary.count;
}

Test(papers, what_a_check_reads_is_collected_once)
{
    struct scene scene;
    struct papers papers;
    const struct paper *paper;

    scene_open(&scene, "document");
    cr_expect_eq(collect(&scene, &papers), 2, "one event for each document of the clause");
    cr_assert_eq(papers.count, 2);
    paper = &papers.all[0];
    cr_expect_str_eq(paper->id, "a");
    cr_assert_not_null(paper->path);
    cr_expect_eq(access(paper->path, R_OK), 0);
    cr_expect_not_null(strstr(paper->path, "/docs/a.txt"));
    cr_expect_str_eq(json_string_value(json_object_get(paper->said, "from")), "file");
    cr_expect_str_eq(papers.all[1].id, "c");
    cr_expect_null(papers.all[1].path);
    cr_expect_not_null(json_object_get(papers.all[1].said, "fault"));
    cr_expect_eq(collect(&scene, &papers), 2, "nothing is collected again");
    cr_expect_eq(papers.count, 2);
    scene_close(&scene);
}

Test(papers, what_no_check_reads_is_not_collected)
{
    struct scene scene;
    struct papers papers;

    scene_open(&scene, "tcp_ports");
    cr_expect_eq(collect(&scene, &papers), 0);
    cr_expect_eq(papers.count, 0);
    scene_close(&scene);
}

Test(papers, an_interruption_is_heard)
{
    const volatile sig_atomic_t interrupted = 1;
    struct scene scene;
    struct papers papers;

    scene_open(&scene, "document");
    cr_expect_eq(papers_collect(scene.journal, &scene.plan, scene.said, &interrupted, scene.arena,
                                &papers, NULL),
                 STATUS_INTERRUPTED);
    scene_close(&scene);
}
