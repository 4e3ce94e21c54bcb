# A board of one's own, which lies outside the package: BOARD names its folder, from anywhere:
#   make -C node_modules/littlefirst/firmware BOARD=boards/mine
# Nothing is written into the package: objects, image and manifest.json go to <folder>/build (or BUILD).
# A relative path is seen from the shell's folder, which make -C leaves in PWD.

BOARD_FOLDER := $(abspath $(if $(filter /%,$(BOARD)),$(BOARD),$(PWD)/$(BOARD)))
ifneq ($(words $(BOARD)),1)
$(error BOARD is "$(BOARD)": make cannot hold a path with spaces in it, move the board's folder)
endif
ifeq ($(wildcard $(BOARD_FOLDER)/port.mk),)
$(error there is no $(BOARD_FOLDER)/port.mk: BOARD must name the folder that `littlefirst board new` wrote)
endif

BUILD ?= $(BOARD_FOLDER)/build
NM := $(CROSS)nm
SHA256 := $(if $(shell command -v sha256sum),sha256sum,shasum -a 256)

include $(BOARD_FOLDER)/port.mk
vpath %.c $(BOARD_FOLDER)
vpath %.S $(BOARD_FOLDER)

ifneq ($(words $(BOARDS)),1)
$(error $(BOARD_FOLDER)/port.mk must add one board to BOARDS, it adds "$(BOARDS)")
endif
OWN := $(BOARDS)
# Its sources are named as seen from its folder; what is compiled says so too, so that the image is the same wherever the folder lies.
# What is still to be filled in takes one line each.
$(OWN).defines += -DPORT_BOARD='"$(OWN)"' -ffile-prefix-map=$(BOARD_FOLDER)=board -ftrack-macro-expansion=0 -fno-diagnostics-show-caret

all: $(BUILD)/manifest.json

own_image = $(BUILD)/$(OWN)/$(OWN)
own_sources = $(foreach source,$(call board_sources,$(OWN)),$(if $(wildcard $(source)),$(source),$(BOARD_FOLDER)/$(source)))
hash_of = $(SHA256) $(1) | cut -d ' ' -f 1
# $(1): a symbol whose size is wanted, decimal.
size_of = printf %d 0x$$($(NM) -S $(own_image).elf | awk '$$4 == "$(1)" { print $$2 }')

# What harness/emulator/manifest.ts reads: as firmware/prebuilt/manifest.json, of one board.
$(BUILD)/manifest.json: $(BUILD)/$(OWN)/$(OWN).bin
	@printf '{ "boards": { "%s": {\n' '$(OWN)' > $@.new
	@printf '  "file": "%s", "sha256": "%s", "bytes": %d,\n' '$(OWN)/$(OWN).bin' "$$($(call hash_of,$<))" $$(wc -c < $<) >> $@.new
	@printf '  "compiler": "%s",\n' "$$($(CC) --version | head -n 1)" >> $@.new
	@printf '  "sources": "%s",\n' "$$(cat $(own_sources) | $(call hash_of,))" >> $@.new
	@printf '  "loadAddress": %d, "blobAddress": %d,\n' $$(($($(OWN).load))) $$(($($(OWN).blob))) >> $@.new
	@printf '  "arenaBytes": %d, "ringBytes": %d, "core": "%s"\n} } }\n' "$$($(call size_of,arena))" "$$($(call size_of,ring_memory))" '$($(OWN).core)' >> $@.new
	@mv $@.new $@
	@echo wrote $@
