BOARDS += apollo3

apollo3.port := apollo3
apollo3.core := m4
apollo3.load := 0x10000
apollo3.blob := 0x30000
apollo3.cpu := -mcpu=cortex-m4 -mfloat-abi=soft
apollo3.script := ports/apollo3/apollo3.ld
apollo3.sources := $(sort $(wildcard ports/apollo3/*.c))
