/* What is in the root file system.  Sound, there is no secret in it: accounts and keys are made on
 * the unit when it first starts. */
#include "camera/rootfs.h"

const struct rootfs_file rootfs_files[] = {
    { "etc/os-release", 0644,
      "NAME=\"HC-100\"\nVERSION_ID=${version}\nVENDOR_NAME=\"Example Electric\"\n", DEFECT_NONE },
    { "etc/hostname", 0644, "hc-100\n", DEFECT_NONE },
    { "etc/passwd", 0644,
      "root:x:0:0:root:/:/sbin/nologin\ncamerad:x:100:100:camera:/var/camera:/sbin/nologin\n",
      DEFECT_NONE },
    { "etc/shadow", 0600, "root:*:20000::::::\ncamerad:!:20000::::::\n", DEFECT_NONE },
    { "etc/group", 0644, "root:x:0:\ncamerad:x:100:\n", DEFECT_NONE },
    { "etc/inittab", 0644,
      "::sysinit:/etc/init.d/rcS\n::respawn:/usr/sbin/camerad\n::shutdown:/bin/umount -a -r\n",
      DEFECT_NONE },
    { "etc/init.d/rcS", 0755,
      "#!/bin/sh\nmount -t proc proc /proc\nmount -o ro,remount /\n"
      "mount -t ubifs ubi0:data /var/camera\n"
      "[ -s /var/camera/keys/server.key ] || /usr/sbin/identity-make\n",
      DEFECT_NONE },
    { "etc/camera/camera.conf", 0644,
      "# Settings of the unit are in /var/camera; these are the defaults.\n"
      "name = HC-100\nlanguage = ja\nntp = ntp.example.invalid\n"
      "password_from = label\nlockout = 10:1:3600\n",
      DEFECT_NONE },
    { "etc/ssl/openssl.cnf", 0644,
      "[system_default_sect]\nMinProtocol = TLSv1.2\nCipherString = ECDHE+AESGCM\n", DEFECT_NONE },
    { "usr/share/www/index.html", 0644,
      "<!DOCTYPE html>\n<title>HC-100</title>\n<script src=\"/login.js\"></script>\n",
      DEFECT_NONE },
    /* Made for this file, and used nowhere. */
    { "etc/ssl/private/server.key", 0600,
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MHcCAQEEIHk73NAHRYGgHRdW3NjB1qmJEs5iQVLOii+3QYMr/Z94oAoGCCqGSM49\n"
      "AwEHoUQDQgAE4WM+FygHhVoCFtKaEl8cxxtJVBObea+qkJQqYg27pZO3lOcOfC39\n"
      "t0N+0xppSDcpca1QwynZdrctklfx89B8ZA==\n"
      "-----END EC PRIVATE KEY-----\n",
      DEFECT_FIRMWARE_PRIVATE_KEY },
    { "etc/shadow-", 0600, "root:$1$hc100dev$/TI/c0dnsH/hy7hxlh2Wt.:20000::::::\n",
      DEFECT_FIRMWARE_COMMON_HASH },
    { "etc/init.d/S99factory", 0755, "#!/bin/sh\n/usr/sbin/telnetd -p 2323 -l /bin/sh &\n",
      DEFECT_FIRMWARE_TELNET_BACKDOOR },
};

const size_t rootfs_file_count = sizeof rootfs_files / sizeof *rootfs_files;
