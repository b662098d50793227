#include "offers.h"

#include <stdio.h>
#include <string.h>

const char offer_short_source[] =
    "v7Kq2ZtP9wLx4RmB6nYc3GdJ8sHf5TbQk1VzXp0WyNrMjCgDhSfLaEuOiUeAoBw9";

static void offer_add(struct offers *offers, const char *label, const char *password, size_t length)
{
    struct offer *offer = &offers->list[offers->count];

    if (offers->count == OFFERS_MAX || length >= sizeof offer->password) {
        return;
    }
    (void) snprintf(offer->label, sizeof offer->label, "%s", label);
    memcpy(offer->password, password, length);
    offer->password[length] = '\0';
    offers->count++;
}

struct offers offers_weak(unsigned shortest, const json_t *common, const char *user)
{
    struct offers offers = { .count = 0 };
    char label[OFFER_LABEL_SIZE];

    offer_add(&offers, "blank", "", 0);
    if (shortest > 1 && shortest - 1 < sizeof offer_short_source) {
        (void) snprintf(label, sizeof label, "short: %u characters", shortest - 1);
        offer_add(&offers, label, offer_short_source, shortest - 1);
    }
    for (size_t i = 0; i < json_array_size(common); i++) {
        const char *password = json_string_value(json_array_get(common, i));

        if (password != NULL && strlen(password) >= shortest) {
            (void) snprintf(label, sizeof label, "common #%zu", i + 1);
            offer_add(&offers, label, password, strlen(password));
        }
    }
    if (user != NULL && user[0] != '\0' && strlen(user) >= shortest) {
        offer_add(&offers, "the user's name", user, strlen(user));
    }
    return offers;
}

struct offer offer_strong(unsigned shortest)
{
    static const char strong[] = "hoshi.Kettle-58-orchid-Lantern";
    struct offer offer = { .label = "strong" };
    size_t length = sizeof strong - 1;

    memcpy(offer.password, strong, sizeof strong);
    while (length < shortest && length + 1 < sizeof offer.password) {
        offer.password[length] = offer_short_source[length % 60];
        length++;
    }
    offer.password[length] = '\0';
    return offer;
}
