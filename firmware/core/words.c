#include "words.h"

char *words_next(char **cursor) {
  char *word = *cursor;
  while (*word == ' ') word++;
  if (*word == '\0') return 0;
  char *end = word;
  while (*end != '\0' && *end != ' ') end++;
  *cursor = *end == '\0' ? end : end + 1;
  *end = '\0';
  return word;
}

bool words_equal(const char *a, const char *b) {
  while (*a == *b && *a != '\0') a++, b++;
  return *a == *b;
}

bool words_unsigned(const char *word, uint32_t *value) {
  uint32_t sum = 0;
  if (*word == '\0') return false;
  for (; *word != '\0'; word++) {
    uint32_t digit = (uint32_t)(uint8_t)*word - '0';
    if (digit > 9 || sum > 429496729u || (sum == 429496729u && digit > 5)) return false;
    sum = sum * 10u + digit;
  }
  *value = sum;
  return true;
}

int32_t words_atoi(const char *word) {
  while (*word == ' ' || *word == '\t') word++;
  bool negative = *word == '-';
  if (*word == '-' || *word == '+') word++;
  uint32_t sum = 0;
  for (; *word >= '0' && *word <= '9'; word++) sum = sum * 10u + (uint32_t)(*word - '0');
  return (int32_t)(negative ? 0u - sum : sum);
}

int words_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
