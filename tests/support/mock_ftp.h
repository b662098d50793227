/* mock_ftp.h - an FTP server for tests: one control connection, EPSV, one file. */
#pragma once

#include "support/peer.h"

#include <stdbool.h>
#include <stdio.h>

struct mock_ftp {
    const char *greeting; /* NULL: 220 */
    bool anonymous;       /* may log in */
    bool anonymous_reads;
    bool stranger_reads; /* the file needs no log-in */
    bool pretends;       /* 230, and commands stay refused */
    unsigned tries;      /* log-ins a connection: the last is answered by hanging up, unseen */
    bool busy;           /* 421 in answer to every password */
};

__attribute__((unused)) static void mock_ftp_say(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
}

/* One line without its end; false: hung up. */
__attribute__((unused)) static bool mock_ftp_hear(int fd, char *room, size_t size)
{
    size_t used = 0;
    char octet;

    while (read(fd, &octet, 1) == 1) {
        if (octet == '\n') {
            room[used] = '\0';
            return true;
        }
        if (octet != '\r' && used + 1 < size) {
            room[used++] = octet;
        }
    }
    return false;
}

/* root/xc3511 and admin/PLANTEDftp are known; 0 nobody, 1 anonymous, 2 somebody. */
__attribute__((unused)) static int mock_ftp_who(const struct mock_ftp *device, const char *user,
                                                const char *password)
{
    if (strcmp(user, "anonymous") == 0 && device->anonymous) {
        return 1;
    }
    if ((strcmp(user, "root") == 0 && strcmp(password, "xc3511") == 0) ||
        (strcmp(user, "admin") == 0 && strcmp(password, "PLANTEDftp") == 0)) {
        return 2;
    }
    return 0;
}

__attribute__((unused)) static void mock_ftp_file(int fd, const struct mock_ftp *device, int who,
                                                  int *listener)
{
    bool may = who == 2 || device->stranger_reads || (who == 1 && device->anonymous_reads);

    if (who == 0 && !device->stranger_reads) {
        mock_ftp_say(fd, "530 Please log in.\r\n");
    } else if (!may || *listener < 0) {
        mock_ftp_say(fd, "550 No such file.\r\n");
    } else {
        int data = accept(*listener, NULL, NULL);

        mock_ftp_say(fd, "150 Here it comes.\r\n");
        mock_ftp_say(data, "PLANTEDcontent\n");
        (void) close(data);
        (void) close(*listener);
        *listener = -1;
        mock_ftp_say(fd, "226 Done.\r\n");
    }
}

__attribute__((unused)) static void mock_ftp_serve(int fd, const struct mock_ftp *device)
{
    char line[256];
    char user[128] = "";
    unsigned tried = 0;
    int listener = -1;
    int who = 0;

    mock_ftp_say(fd, device->greeting != NULL ? device->greeting : "220-A\r\n220 camera\r\n");
    while (mock_ftp_hear(fd, line, sizeof line)) {
        char reply[64];
        uint16_t port = 0;

        if (strncmp(line, "USER ", 5) == 0) {
            (void) snprintf(user, sizeof user, "%.100s", line + 5);
            mock_ftp_say(fd, "331 Password?\r\n");
        } else if (strncmp(line, "PASS ", 5) == 0) {
            if (device->tries > 0 && ++tried >= device->tries) {
                return;
            }
            if (device->busy) {
                mock_ftp_say(fd, "421 Too busy.\r\n");
                return;
            }
            who = mock_ftp_who(device, user, line + 5);
            mock_ftp_say(fd, who > 0 ? "230 Welcome.\r\n" : "530 Login incorrect.\r\n");
            who = device->pretends ? 0 : who;
        } else if (strcmp(line, "PWD") == 0) {
            mock_ftp_say(fd, who > 0 ? "257 \"/\"\r\n" : "530 Please log in.\r\n");
        } else if (strcmp(line, "EPSV") == 0 && (who > 0 || device->stranger_reads)) {
            listener = peer_listen(1, &port);
            (void) snprintf(reply, sizeof reply, "229 Extended (|||%u|)\r\n", (unsigned) port);
            mock_ftp_say(fd, reply);
        } else if (strncmp(line, "RETR ", 5) == 0 || strcmp(line, "LIST") == 0) {
            mock_ftp_file(fd, device, who, &listener);
        } else {
            mock_ftp_say(fd, "530 Please log in.\r\n");
        }
    }
}
