BOARDS += rp2040

rp2040.port := rp2040
rp2040.core := m0p
rp2040.load := 0x10000000
rp2040.blob := 0x10040000
rp2040.cpu := -mcpu=cortex-m0plus
rp2040.script := ports/rp2040/rp2040.ld
rp2040.sources := ports/common/pico_board.c ports/common/pico_sleep.c ports/common/pl011.c $(sort $(wildcard ports/rp2040/*.c)) ports/rp2040/boot2.S
rp2040.generated := $(BUILD)/rp2040/boot2_crc.S

# The second stage's checksum is computed from its assembled code and linked in behind it.
$(BUILD)/rp2040/boot2_crc.S: $(BUILD)/rp2040/ports/rp2040/boot2.S.o ports/rp2040/boot2-crc.sh
	$(OBJCOPY) -O binary -j .boot2 $< $(@:_crc.S=.bin)
	sh ports/rp2040/boot2-crc.sh $(@:_crc.S=.bin) > $@
