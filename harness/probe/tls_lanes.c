#include "probe/tls_lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 5,
    LANE_PICKERS_MAX = 32,
    ALONE_FIRST = 1, /* a server with few suites is asked as little as before */
    LONG_ENOUGH = 20 /* suites that are left to ask for */
};

/* One list and the lanes that it was cut into. */
struct road {
    struct picker *whole;
    uint16_t suites[PICK_MAX]; /* by lane */
    struct picker lanes[LANES];
    size_t lane_count;
};

static size_t lane_of(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);
    bool is_aead = suite != NULL && strcmp(suite->mac, "AEAD") == 0;

    if (suite == NULL || (suite->tier == TLS_TIER_NONE && !is_aead)) {
        return LANES - 1;
    }
    if ((suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_DHE) &&
        (suite->auth == TLS_AUTH_RSA || suite->auth == TLS_AUTH_ECDSA ||
         suite->auth == TLS_AUTH_DSS)) {
        return is_aead ? 0 : 1;
    }
    if (suite->kx == TLS_KX_RSA) {
        return is_aead ? 2 : 3;
    }
    return LANES - 1;
}

static void road_cut(struct road *road)
{
    struct picker *whole = road->whole;
    size_t count = 0;

    for (size_t lane = 0; lane < LANES; lane++) {
        struct picker *picker = &road->lanes[road->lane_count];

        *picker = *whole;
        picker->left_count = 0;
        picker->picked_count = 0;
        for (size_t i = 0; i < whole->left_count; i++) {
            if (lane_of(whole->left[i]) == lane) {
                picker->left[picker->left_count++] = whole->left[i];
                road->suites[count++] = whole->left[i];
            }
        }
        picker->after = road->suites + count;
        picker->after_count = whole->left_count - count;
        road->lane_count += picker->left_count > 0 ? 1 : 0;
    }
}

/* The lanes in their order are the whole again. */
static void road_join(struct road *road)
{
    struct picker *whole = road->whole;
    size_t sure = 0; /* so many at the front are in the server's order */
    bool crossed = false;

    whole->state = PICK_COMPLETE;
    for (size_t i = 0; i < road->lane_count; i++) {
        const struct picker *lane = &road->lanes[i];

        if (lane->crossed && !crossed) {
            sure = whole->picked_count;
            crossed = true;
        }
        memcpy(whole->picked + whole->picked_count, lane->picked,
               lane->picked_count * sizeof whole->picked[0]);
        whole->picked_count += lane->picked_count;
        whole->out_of_order = whole->out_of_order || lane->out_of_order;
        if (lane->state != PICK_COMPLETE && whole->state == PICK_COMPLETE) {
            whole->state = lane->state;
            (void) snprintf(whole->why, sizeof whole->why, "%s", lane->why);
        }
    }
    whole->left_count = 0;
    if (crossed && whole->state == PICK_COMPLETE) {
        whole->left_count = whole->picked_count - sure;
        memcpy(whole->left, whole->picked + sure, whole->left_count * sizeof whole->left[0]);
        whole->picked_count = sure;
        whole->state = PICK_GOING;
    }
}

static bool is_long(const struct picker *picker)
{
    return picker->state == PICK_GOING && picker->left_count >= LONG_ENOUGH &&
           picker->chunk == PICK_MAX;
}

/* The long ones in lanes, the others whole. */
static enum status pick_roads(struct asker *asker, struct road *roads, size_t count,
                              struct error *reterr)
{
    struct picker *pickers[LANE_PICKERS_MAX];
    size_t picker_count = 0;
    enum status status;

    for (size_t i = 0; i < count; i++) {
        if (is_long(roads[i].whole)) {
            road_cut(&roads[i]);
        } else {
            pickers[picker_count++] = roads[i].whole;
        }
        for (size_t lane = 0; lane < roads[i].lane_count; lane++) {
            pickers[picker_count++] = &roads[i].lanes[lane];
        }
    }
    status = tls_server_pick(asker, pickers, picker_count, reterr);
    for (size_t i = 0; i < count; i++) {
        if (roads[i].lane_count > 0) {
            road_join(&roads[i]);
        }
    }
    return status;
}

enum status tls_server_pick_side_by_side(struct asker *asker, struct picker *const pickers[],
                                         size_t count, struct error *reterr)
{
    enum status status = STATUS_OK;

    if (asker->dialer->width > 1 && count > 0 && count * LANES <= LANE_PICKERS_MAX) {
        struct road *roads = calloc(count, sizeof *roads);

        if (roads == NULL) {
            abort();
        }
        for (size_t i = 0; i < count; i++) {
            roads[i].whole = pickers[i];
        }
        for (unsigned i = 0; i < ALONE_FIRST && status == STATUS_OK; i++) {
            status = tls_server_pick_once(asker, pickers, count, reterr);
        }
        if (status == STATUS_OK) {
            status = pick_roads(asker, roads, count, reterr);
        }
        free(roads);
        TRY(status);
    }
    return tls_server_pick(asker, pickers, count, reterr);
}
