#!/bin/sh
# Prints, as an assembler source, the CRC-32 that the RP2040's boot ROM expects behind the 252 bytes of the second stage:
# polynomial 0x04c11db7, initial value all ones, most significant bit first, no final inversion (RP2040 datasheet, 2.8.1.3.1).
set -eu
bytes=$(od -An -v -tu1 "$1")
crc=$((0xffffffff))
count=0
for byte in $bytes; do
  crc=$((crc ^ (byte << 24)))
  bit=0
  while [ $bit -lt 8 ]; do
    if [ $((crc & 0x80000000)) -ne 0 ]; then
      crc=$(((crc << 1 ^ 0x04c11db7) & 0xffffffff))
    else
      crc=$((crc << 1 & 0xffffffff))
    fi
    bit=$((bit + 1))
  done
  count=$((count + 1))
done
if [ $count -ne 252 ]; then
  echo "$1: $count bytes, expected 252" >&2
  exit 1
fi
printf '  .section .boot2.crc, "a"\n  .word 0x%08x\n' "$crc"
