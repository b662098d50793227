# Turns FILES into one C file of `struct embedded embedded_files[]`, so that a stub carries the
# profile and the documents that fit it and needs no path to the source tree.
#   cmake -D ROOT=<folder> -D FILES=<names under it, with ','> -D OUT=<file.c> -P embed.cmake
string(REPLACE "," ";" files "${FILES}")
set(data "")
set(rows "")
set(index 0)
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND data "static const unsigned char data_${index}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${file}\", data_${index}, sizeof data_${index} - 1},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUT}" "#include \"support/embedded.h\"\n\n${data}\n"
  "const struct embedded embedded_files[] = {\n${rows}    {0, 0, 0},\n};\n")
