#include "text.h"

#include "crc.h"
#include "link.h"

static uint32_t line_crc = CRC16_INIT;

void text_char(char c) {
  line_crc = crc16_step(line_crc, (uint8_t)c);
  link_put((uint8_t)c);
}

void text(const char *string) {
  while (*string != '\0') text_char(*string++);
}

void text_field(const char *bytes, uint32_t size) {
  for (uint32_t i = 0; i < size && bytes[i] != '\0'; i++) text_char(bytes[i]);
}

void text_unsigned(uint32_t value) {
  static const uint32_t powers[9] = {1000000000u, 100000000u, 10000000u, 1000000u, 100000u, 10000u, 1000u, 100u, 10u};
  unsigned i = 0;
  while (i < 9 && value < powers[i]) i++;
  for (; i < 9; i++) {
    char digit = '0';
    for (; value >= powers[i]; value -= powers[i]) digit++;
    text_char(digit);
  }
  text_char((char)('0' + value));
}

void text_unsigned64(uint64_t value) {
  if (value <= UINT32_MAX) {
    text_unsigned((uint32_t)value);
    return;
  }
  text_unsigned64(value / 10u);
  text_char((char)('0' + value % 10u));
}

static char hex_digit(uint32_t value, char ten) {
  value &= 15u;
  return (char)(value < 10u ? '0' + value : (uint32_t)ten + value - 10u);
}

void text_hex(uint32_t value, unsigned digits) {
  if (digits == 0) {
    for (digits = 8; digits > 1 && (value >> (4 * digits - 4)) == 0; digits--) {
    }
  }
  while (digits-- > 0) text_char(hex_digit(value >> (4 * digits), 'a'));
}

void text_bytes_hex(const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) text_hex(bytes[i], 2);
}

void text_key(const char *key) {
  text_char(' ');
  text(key);
  text_char('=');
}

void text_end(void) {
  text("\r\n");
  line_crc = CRC16_INIT;
  link_send();
}

void text_end_checked(void) {
  text_char(' ');
  uint32_t crc = line_crc;
  text_char('*');
  for (unsigned digits = 4; digits-- > 0;) text_char(hex_digit(crc >> (4 * digits), 'A'));
  text_end();
}
