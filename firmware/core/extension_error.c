#include "extension_error.h"

#include "text.h"

void extension_error(const char *code, const char *what) {
  text("e-[lf,");
  text(code);
  text_char(',');
  text(what);
  text_char(']');
  text_end_checked();
}
