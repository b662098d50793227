#include "shelf.h"
#include "support/fake_unit.h"
#include "support/fixture.h"

#include <criterion/criterion.h>

extern const struct probe probe_update_fetch;

static const struct client client = { .id = "up", .host = "update.example.test", .port = 8443 };

static struct shelf shelf_of(const struct update *update, const struct bytes *image)
{
    return (struct shelf){
        .update = update, .image = image, .version = "2.0", .request = bytes_bounded(512)
    };
}

static void put(struct bytes *bytes, const char *text)
{
    cr_assert_eq(bytes_append_text(bytes, text, NULL), STATUS_OK);
}

static bool says(struct shelf *shelf, const char *request, const char *wanted)
{
    DEFER(bytes_done) struct bytes reply = bytes_bounded(4096);

    bytes_clear(&shelf->request);
    cr_assert_eq(shelf_serve(shelf, request, strlen(request), &reply, NULL), STATUS_OK);
    if (wanted == NULL) {
        return reply.length == 0;
    }
    cr_assert_eq(bytes_append(&reply, "", 1, NULL), STATUS_OK);
    return strstr((const char *) reply.data, wanted) != NULL;
}

Test(shelf, manifest_and_image_are_given_to_who_asks_for_them)
{
    json_t *json = json_pack("{s:s, s:s, s:s}", "v", "${version}", "u", "${url}", "n", "${size}");
    const struct update update = { .server = { .client = &client,
                                               .manifest_path = "/latest.json",
                                               .manifest_json = json,
                                               .image_path = "/image" } };
    DEFER(bytes_done) struct bytes image = bytes_bounded(64);
    struct shelf shelf = shelf_of(&update, &image);

    put(&image, "the image");
    cr_expect(says(&shelf, "GET /latest.json HTTP/1.1\r\nHost: x\r\n\r\n",
                   "{\"v\":\"2.0\",\"u\":\"https://update.example.test:8443/image\",\"n\":\"9\"}"));
    cr_expect(says(&shelf, "GET /latest.json?id=7 HTTP/1.1\r\n\r\n", "200 OK"));
    cr_expect(says(&shelf, "GET /image HTTP/1.1\r\n\r\n", "\r\n\r\nthe image"));
    cr_expect(says(&shelf, "GET /images HTTP/1.1\r\n\r\n", "404"));
    cr_expect(says(&shelf, "POST /image HTTP/1.1\r\n\r\n", "404"));
    cr_expect(says(&shelf, "GET /image HTTP/1.1\r\n", NULL), "the head is not whole yet");
    cr_expect_eq(shelf.manifests, 2);
    cr_expect_eq(shelf.images, 1);
    cr_expect_eq(shelf.others, 2);
    bytes_done(&shelf.request);
    json_decref(json);
}

Test(shelf, a_place_that_nobody_knows_is_an_error_of_the_profile)
{
    const struct update update = { .server = { .client = &client,
                                               .manifest_text = "v=${version} ${colour}",
                                               .image_path = "/i" } };
    DEFER(bytes_done) struct bytes image = bytes_bounded(64);
    DEFER(bytes_done) struct bytes text = bytes_bounded(64);
    struct shelf shelf = shelf_of(&update, &image);
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(shelf_manifest(&shelf, &text, &error), STATUS_BAD_INPUT);
    cr_expect_not_null(strstr(error.message, "${colour}"));
}

Test(update_fetch, without_a_server_nothing_begins)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_SOUND);
    run = unit_run(&unit, &probe_update_fetch, "{}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not_null(
        strstr(json_string_value(json_object_get(run.facts, "hindrance")), "no update server"));
    cr_expect_not(unit.kept);
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_fetch, what_was_recorded_of_the_camera_is_what_the_table_says)
{
    char text[8192];
    size_t length = fixture("camera.json", text, sizeof text);
    json_t *facts = json_loadb(text, length, 0, NULL);
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(facts);
    cr_expect_eq(facts_check(probe_update_fetch.decl.facts, facts, &error), STATUS_OK, "%s",
                 error.message);
    json_decref(facts);
}
