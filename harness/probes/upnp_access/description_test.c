#include "probe/upnp_description.h"
#include "probe/upnp_locate.h"
#include "soap.h"
#include "support/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct upnp_action *action_of(const struct upnp_actions *actions, const char *name)
{
    for (size_t i = 0; i < actions->count; i++) {
        if (strcmp(actions->items[i].name, name) == 0) {
            return &actions->items[i];
        }
    }
    return NULL;
}

Test(description, recorded_devices)
{
    static struct upnp_description description;
    char text[16384];
    struct error error = { 0 };

    cr_assert_eq(upnp_description_read(text, fixture_text("miniupnpd_root.xml", text, sizeof text),
                                       &description, &error),
                 STATUS_OK, "%s", error.message);
    cr_expect_str_eq(description.device_type,
                     "urn:schemas-upnp-org:device:InternetGatewayDevice:1");
    cr_assert_eq(description.count, 3);
    cr_expect_str_eq(description.services[2].type,
                     "urn:schemas-upnp-org:service:WANIPConnection:1");
    cr_expect_str_eq(description.services[2].control, "/ctl/IPConn");
    cr_expect_str_eq(description.services[2].scpd, "/WANIPCn.xml");
    cr_expect(!description.cut);
    cr_assert_eq(upnp_description_read(text, fixture_text("minidlna_root.xml", text, sizeof text),
                                       &description, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(description.count, 3);
    cr_expect_str_eq(description.services[0].control, "/ctl/ContentDir");
}

Test(description, recorded_actions)
{
    static struct upnp_actions actions;
    const struct upnp_action *action;
    char text[16384];

    cr_assert_eq(upnp_actions_read(text, fixture_text("miniupnpd_wanip.xml", text, sizeof text),
                                   &actions, NULL),
                 STATUS_OK);
    action = action_of(&actions, "AddPortMapping");
    cr_assert_not_null(action);
    cr_expect_eq(action->in, 8);
    cr_expect_eq(action->out, 0);
    action = action_of(&actions, "GetExternalIPAddress");
    cr_assert_not_null(action);
    cr_expect_eq(action->in, 0);
    cr_expect_eq(action->out, 1);
    cr_assert_eq(upnp_actions_read(text, fixture_text("minidlna_content.xml", text, sizeof text),
                                   &actions, NULL),
                 STATUS_OK);
    action = action_of(&actions, "Browse");
    cr_assert_not_null(action);
    cr_expect_eq(action->in, 6);
}

Test(description, documents_that_are_none)
{
    static const char *const texts[] = {
        "",
        "<html><body/></html>",
        "<root>",
        "<!DOCTYPE root [<!ENTITY a \"aaaa\">]><root>&a;</root>",
        "<!DOCTYPE root SYSTEM \"http://192.0.2.1/x\"><root/>",
        "\xff\xfe\x00",
    };
    static struct upnp_description description;
    static struct upnp_actions actions;
    struct upnp_result result;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_expect_neq(upnp_description_read(texts[i], strlen(texts[i]), &description, NULL),
                      STATUS_OK, "%s", texts[i]);
        cr_expect_neq(upnp_actions_read(texts[i], strlen(texts[i]), &actions, NULL), STATUS_OK);
        cr_expect(!upnp_result_read(texts[i], strlen(texts[i]), "GetX", &result));
    }
}

Test(description, too_much_of_it_is_cut_and_says_so)
{
    static struct upnp_description description;
    static struct upnp_actions actions;
    static char text[65536] = "<root><device><serviceList>";
    static char scpd[65536] = "<scpd><actionList>";
    size_t length = strlen(text);
    size_t scpd_length = strlen(scpd);

    for (int i = 0; i < UPNP_SERVICES_MAX + 1; i++) {
        length += (size_t) snprintf(text + length, sizeof text - length,
                                    "<service><serviceType>a:b:%d</serviceType></service>", i);
    }
    for (int i = 0; i < UPNP_ACTIONS_MAX + 1; i++) {
        scpd_length += (size_t) snprintf(scpd + scpd_length, sizeof scpd - scpd_length,
                                         "<action><name>Get%d</name></action>", i);
    }
    length +=
        (size_t) snprintf(text + length, sizeof text - length, "</serviceList></device></root>");
    scpd_length +=
        (size_t) snprintf(scpd + scpd_length, sizeof scpd - scpd_length, "</actionList></scpd>");
    cr_assert_eq(upnp_description_read(text, length, &description, NULL), STATUS_OK);
    cr_expect_eq(description.count, UPNP_SERVICES_MAX);
    cr_expect(description.cut);
    cr_assert_eq(upnp_actions_read(scpd, scpd_length, &actions, NULL), STATUS_OK);
    cr_expect_eq(actions.count, UPNP_ACTIONS_MAX);
    cr_expect(actions.cut);
}

Test(description, what_cannot_stand_in_a_request_is_left_out)
{
    static const char text[] =
        "<root><device><serviceList>"
        "<service><serviceType>a:b\"&lt;c:1</serviceType><controlURL>/c</controlURL></service>"
        "<service><serviceType>a:b:1</serviceType><controlURL>/c d</controlURL></service>"
        "<service><serviceType>a:c:1</serviceType><controlURL>/e</controlURL></service>"
        "</serviceList></device></root>";
    static const char scpd[] = "<scpd><actionList><action><name>Get&lt;X</name></action>"
                               "<action><name>9</name></action></actionList></scpd>";
    static struct upnp_description description;
    static struct upnp_actions actions;

    cr_assert_eq(upnp_description_read(text, sizeof text - 1, &description, NULL), STATUS_OK);
    cr_assert_eq(description.count, 1);
    cr_expect_str_eq(description.services[0].type, "a:c:1");
    cr_expect(description.cut);
    cr_assert_eq(upnp_actions_read(scpd, sizeof scpd - 1, &actions, NULL), STATUS_OK);
    cr_expect_eq(actions.count, 0);
    cr_expect(actions.cut);
}

Test(description, results)
{
    static const char browse[] =
        "<e:E xmlns:e=\"e\"><e:B><x:BrowseResponse xmlns:x=\"x\"><Result>&lt;a/&gt;"
        "</Result><NumberReturned>1</NumberReturned></x:BrowseResponse></e:B></e:E>";
    static const char fault[] = "<E><B><Fault><detail><UPnPError><errorCode>606</errorCode>"
                                "</UPnPError></detail></Fault></B></E>";
    struct upnp_result result;
    char text[4096];

    cr_assert(upnp_result_read(text, fixture_text("miniupnpd_address.xml", text, sizeof text),
                               "GetExternalIPAddress", &result));
    cr_expect(result.response);
    cr_expect_eq(result.values, 1);
    cr_expect_eq(result.returned, -1);
    cr_assert(upnp_result_read(browse, sizeof browse - 1, "Browse", &result));
    cr_expect(result.response);
    cr_expect_eq(result.returned, 1);
    cr_expect(!upnp_result_read(browse, sizeof browse - 1, "Search", &result));
    cr_assert(upnp_result_read(fault, sizeof fault - 1, "Browse", &result));
    cr_expect(!result.response);
    cr_expect_eq(result.code, 606);
}

Test(description, names_and_addresses)
{
    struct upnp_url url;
    char path[UPNP_TEXT_SIZE];

    cr_expect_str_eq(upnp_short_type("urn:schemas-upnp-org:service:WANIPConnection:1"),
                     "WANIPConnection:1");
    cr_expect_str_eq(upnp_short_type("x"), "x");
    cr_expect(upnp_name_reads("GetStatus") && upnp_name_reads("QueryStateVariable"));
    cr_expect(!upnp_name_reads("Getaway") && !upnp_name_reads("SetX") &&
              !upnp_name_reads("GetAndReset") && !upnp_name_reads("RequestConnection"));

    cr_assert(upnp_url_split("http://192.0.2.7:5000/d/root.xml", &url));
    cr_expect_str_eq(url.host, "192.0.2.7");
    cr_expect_eq(url.port, 5000);
    cr_expect(upnp_url_resolve(&url, "/x", path) && strcmp(path, "/x") == 0);
    cr_expect(upnp_url_resolve(&url, "x", path) && strcmp(path, "/d/x") == 0);
    cr_expect(upnp_url_resolve(&url, "http://192.0.2.7:5000/y", path) && strcmp(path, "/y") == 0);
    cr_expect(!upnp_url_resolve(&url, "http://192.0.2.8:5000/y", path));
    cr_expect(!upnp_url_resolve(&url, "http://192.0.2.7/y", path));
    cr_expect(!upnp_url_resolve(&url, "", path));
    cr_assert(upnp_url_split("http://[2001:db8::1]", &url));
    cr_expect_str_eq(url.host, "2001:db8::1");
    cr_expect_eq(url.port, 80);
    cr_expect(!upnp_url_split("https://a/", &url) && !upnp_url_split("http://:80/", &url) &&
              !upnp_url_split("http://a:0/", &url) && !upnp_url_split("http://a:65536/", &url) &&
              !upnp_url_split("http://[a/", &url) && !upnp_url_split("http://a/b c", &url));
}

Test(description, searches)
{
    struct whereabouts where = { .answered = false };
    char text[2048];
    size_t length = fixture_text("minidlna_search.txt", text, sizeof text);

    cr_assert(upnp_search_read(text, length, "192.0.2.1", &where));
    cr_expect(where.answered && !where.found);
    cr_expect_str_eq(where.elsewhere, "127.0.0.1");
    cr_assert(upnp_search_read(text, fixture_text("miniupnpd_search.txt", text, sizeof text),
                               "127.0.0.1", &where));
    cr_expect(where.found);
    cr_expect_eq(where.url.port, 28201);
    cr_expect_str_eq(where.url.path, "/rootDesc.xml");
    cr_expect_not_null(strstr(where.server, "MiniUPnPd/2.3.1"));
}

Test(description, arguments_are_escaped)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4096);
    json_t *arguments = json_pack("{sssi}", "A", "<&\"x", "B", 7);
    json_t *wrong = json_pack("{s[]}", "A");

    cr_assert_eq(soap_ask_write("t:1", "Get", arguments, &out, NULL), STATUS_OK);
    cr_expect_not_null(strstr((char *) out.data, "<u:Get xmlns:u=\"t:1\"><A>&lt;&amp;&quot;x</A>"
                                                 "<B>7</B></u:Get>"));
    cr_expect_eq(soap_ask_write("t:1", "Get", wrong, &out, NULL), STATUS_BAD_INPUT);
    json_decref(arguments);
    json_decref(wrong);
}
