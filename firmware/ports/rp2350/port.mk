BOARDS += rp2350

rp2350.port := rp2350
rp2350.core := m4
rp2350.load := 0x10000000
rp2350.blob := 0x10040000
rp2350.cpu := -mcpu=cortex-m33 -mfloat-abi=soft
rp2350.script := ports/rp2350/rp2350.ld
rp2350.sources := ports/common/pico_board.c ports/common/pico_sleep.c ports/common/pl011.c $(sort $(wildcard ports/rp2350/*.c))
