/* Replies of an FTP server, and the ports in them. */
#include "wire/ftp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_ftp_reply reply = { 0 };

    if (wire_ftp_reply_read(data, size, &reply) == WIRE_FTP_WHOLE) {
        if (reply.length == 0 || reply.length > size || reply.text > reply.length) {
            abort();
        }
        (void) wire_ftp_data_port(data, &reply);
    }
    return 0;
}
