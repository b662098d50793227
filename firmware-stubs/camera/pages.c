/* The two pages a person sees. */
#include "camera/camera.h"

const char camera_login_page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>HC-100</title></head><body>\n"
    "<h1>HC-100 ネットワークカメラ</h1>\n"
    "<p>例示電機 / Example Electric</p>\n"
    "<form id=\"login\">\n"
    "<label>ユーザー名 <input name=\"user\" autocomplete=\"username\"></label>\n"
    "<label>パスワード <input name=\"password\" type=\"password\"></label>\n"
    "<button>ログイン</button> <output id=\"answer\"></output>\n"
    "</form>\n"
    "<p>初期パスワードは本体底面のラベルに記載されています。</p>\n"
    "<script src=\"/login.js\"></script>\n"
    "</body></html>\n";

const char camera_login_script[] =
    "document.getElementById('login').addEventListener('submit', async (event) => {\n"
    "  event.preventDefault();\n"
    "  const fields = Object.fromEntries(new FormData(event.target));\n"
    "  const answer = await fetch('/api/login', {method: 'POST', body: JSON.stringify(fields)});\n"
    "  if (answer.ok) { location.href = '/admin'; return; }\n"
    "  if (answer.status === 500) { location.href = '/api/diagnostics'; return; }\n"
    "  document.getElementById('answer').value = 'HTTP ' + answer.status;\n"
    "});\n";

const char camera_admin_page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>HC-100 管理画面</title></head><body>\n"
    "<h1>HC-100 管理画面</h1>\n"
    "<p>型番 HC-100、ファームウェア 1.4.2</p>\n"
    "<img src=\"/snapshot.jpg\" alt=\"映像\">\n"
    "<p><a href=\"/api/settings\">設定</a> <a href=\"/api/users\">利用者</a></p>\n"
    "</body></html>\n";
