/* What a check can be about: the declared things of a profile, by their kinds. */
#include "model/subject.h"

#include <string.h>

size_t subject_count(const struct profile *profile, enum subject_kind kind)
{
    size_t count = 0;

    switch (kind) {
    case SUBJECT_ADDRESS:
        return profile->address_count;
    case SUBJECT_SERVICE:
        return profile->service_total;
    case SUBJECT_AUTH:
        return profile->auth_count;
    case SUBJECT_ACCESS:
        return profile->access_count;
    case SUBJECT_CLIENT:
        return profile->client_count;
    case SUBJECT_DOCUMENT:
        return profile->document_count;
    case SUBJECT_UPDATE:
        return profile->update != NULL;
    case SUBJECT_ERASURE:
        while (profile_erasure(profile, count) != NULL) {
            count++;
        }
        return count;
    case SUBJECT_INTERFACE:
        return profile->interface_count;
    case SUBJECT_USER_DATA:
        return profile->user_data.count;
    case SUBJECT_STORAGE:
        return profile->storage_count;
    case SUBJECT_EXPORT:
        return profile->export_count;
    case SUBJECT_FIRMWARE:
        return profile->firmware_count;
    }
    return 0;
}

struct subject subject_at(const struct profile *profile, enum subject_kind kind, size_t i,
                          const char **ret_id)
{
    struct subject subject = { .profile = profile };

    subject.address = profile->addresses[kind == SUBJECT_ADDRESS ? i : 0];
    switch (kind) {
    case SUBJECT_ADDRESS:
        *ret_id = subject.address;
        break;
    case SUBJECT_SERVICE:
        subject.service = &profile->services[i];
        *ret_id = subject.service->id;
        break;
    case SUBJECT_AUTH:
        subject.auth = &profile->auths[i];
        subject.service = subject.auth->service;
        *ret_id = subject.auth->id;
        break;
    case SUBJECT_ACCESS:
        subject.access = &profile->accesses[i];
        subject.service = subject.access->service;
        subject.auth = subject.access->auth;
        *ret_id = subject.access->id;
        break;
    case SUBJECT_CLIENT:
        subject.client = &profile->clients[i];
        *ret_id = subject.client->id;
        break;
    case SUBJECT_DOCUMENT:
        subject.document = &profile->documents[i];
        *ret_id = subject.document->id;
        break;
    case SUBJECT_UPDATE:
        subject.update = profile->update;
        *ret_id = "update";
        break;
    case SUBJECT_ERASURE:
        subject.erasure = profile_erasure(profile, i);
        *ret_id = erasure_name(subject.erasure);
        break;
    case SUBJECT_USER_DATA:
        subject.user_datum = &profile->user_data.planted[i];
        subject.service = subject.user_datum->access.service;
        *ret_id = subject.user_datum->access.id;
        break;
    case SUBJECT_INTERFACE:
        subject.interface = &profile->interfaces[i];
        *ret_id = subject.interface->id;
        break;
    case SUBJECT_STORAGE:
        subject.storage = &profile->storage[i];
        *ret_id = subject.storage->id;
        break;
    case SUBJECT_EXPORT:
        subject.export = &profile->exports[i];
        subject.service = subject.export->access.service;
        *ret_id = subject.export->id;
        break;
    case SUBJECT_FIRMWARE:
        subject.firmware = &profile->firmware[i];
        *ret_id = subject.firmware->name;
        break;
    }
    if (subject.service != NULL) {
        subject.address = profile_service_address(profile, subject.service);
    }
    return subject;
}

struct words subject_kind_title(enum subject_kind kind)
{
    static const struct words kinds[] = {
        [SUBJECT_ADDRESS] = { "アドレス", "address" },
        [SUBJECT_SERVICE] = { "サービス", "service" },
        [SUBJECT_AUTH] = { "認証機構", "authentication mechanism" },
        [SUBJECT_ACCESS] = { "アクセス経路", "access path" },
        [SUBJECT_CLIENT] = { "機器が開く接続", "connection of the device's own" },
        [SUBJECT_DOCUMENT] = { "文書", "document" },
        [SUBJECT_UPDATE] = { "ソフトウェア更新", "software update" },
        [SUBJECT_ERASURE] = { "消去手段", "way to erase" },
        [SUBJECT_USER_DATA] = { "利用者のデータ", "data of a user" },
        [SUBJECT_INTERFACE] = { "インタフェース", "interface" },
        [SUBJECT_STORAGE] = { "保存された情報資産", "stored asset" },
        [SUBJECT_EXPORT] = { "書き出し", "export" },
        [SUBJECT_FIRMWARE] = { "ファームウェアのイメージ", "firmware image" },
    };

    return kinds[kind];
}

bool subject_kind_serves(const struct probe_decl *probe, enum subject_kind kind)
{
    if ((probe->needs & PROBE_NEEDS_DOCUMENT) != 0) {
        return kind == SUBJECT_DOCUMENT;
    }
    if ((probe->needs & PROBE_NEEDS_CLIENT) != 0) {
        return kind == SUBJECT_CLIENT;
    }
    if ((probe->needs & PROBE_NEEDS_UPDATE) != 0) {
        return kind == SUBJECT_UPDATE;
    }
    if ((probe->needs & PROBE_NEEDS_STORAGE) != 0) {
        return kind == SUBJECT_STORAGE;
    }
    if ((probe->needs & PROBE_NEEDS_IMAGE) != 0) {
        return kind == SUBJECT_EXPORT || kind == SUBJECT_FIRMWARE;
    }
    if ((probe->needs & PROBE_NEEDS_ERASURE) != 0) {
        return kind == SUBJECT_ERASURE;
    }
    if ((probe->needs & PROBE_NEEDS_USER_DATA) != 0) {
        return kind == SUBJECT_USER_DATA;
    }
    if ((probe->needs & PROBE_NEEDS_ACCESS) != 0) {
        return kind == SUBJECT_ACCESS;
    }
    if ((probe->needs & PROBE_NEEDS_AUTH) != 0) {
        return kind == SUBJECT_AUTH;
    }
    return (probe->needs & PROBE_NEEDS_SERVICE) == 0 || kind == SUBJECT_SERVICE ||
           kind == SUBJECT_AUTH || kind == SUBJECT_ACCESS;
}

const char *subject_text(const struct subject *subject, struct arena *arena)
{
    const char *address = subject->address == NULL ? "" : subject->address;
    const struct service *service = subject->service;
    const char *id;

    if (subject->client != NULL) {
        return arena_format(arena, "%s to %s:%u (%s)", subject->client->protocol,
                            subject->client->host, (unsigned) subject->client->port,
                            subject->client->id);
    }
    if (subject->document != NULL) {
        return arena_format(arena, "document %s", subject->document->id);
    }
    if (subject->update != NULL) {
        return arena_format(arena, "software update of %s", address);
    }
    if (subject->erasure != NULL) {
        return arena_format(arena, "erasing by %s (%s)", lever_by_words[subject->erasure->by],
                            erasure_name(subject->erasure));
    }
    if (subject->user_datum != NULL) {
        return arena_format(arena, "data of the role %s (%s)", subject->user_datum->access.role,
                            subject->user_datum->access.id);
    }
    if (subject->interface != NULL) {
        return arena_format(arena, "%s (%s)", subject->interface->kind, subject->interface->id);
    }
    if (subject->storage != NULL) {
        return arena_format(arena, "%s in %s", subject->storage->id, subject->storage->where);
    }
    if (subject->firmware != NULL) {
        return arena_format(arena, "firmware %s", subject->firmware->name);
    }
    if (subject->export != NULL) {
        return arena_format(arena, "%s %s", subject->export->kind, subject->export->id);
    }
    if (service == NULL) {
        return arena_text(arena, address);
    }
    id = service->id;
    if (subject->access != NULL) {
        id = subject->access->id;
    } else if (subject->auth != NULL) {
        id = subject->auth->id;
    }
    return arena_format(arena, strchr(address, ':') != NULL ? "%s [%s]:%u (%s)" : "%s %s:%u (%s)",
                        service->protocol, address, (unsigned) service->port, id);
}
