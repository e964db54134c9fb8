package main

import _ "golang.org/x/arch/arm64/arm64asm"
