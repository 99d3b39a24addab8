# SPDX-License-Identifier: GPL-2.0-only
# What runs in the kernel: compiles a BPF program and makes its skeleton header.
#
#   bpf_object(<name> <source.bpf.c> [DEFINES <-Dname>...] [DEPENDS <file>...])
#
# gives an INTERFACE library <name> whose users may #include "<name>.skel.h" (struct <name>_bpf,
# <name>_bpf__open, ...). Included headers are tracked; DEPENDS is for what the compiler cannot see.
# A link to <name> also orders the build, so no further add_dependencies is needed.

set(BPF_CLANG_MIN 14)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
	set(BPF_ARCH arm64)
	set(BPF_VMLINUX arm64)
else()
	set(BPF_ARCH x86)
	set(BPF_VMLINUX x86_64)
endif()

# clang may be old, or built without the BPF target (LLVM_TARGETS_TO_BUILD).
function(bpf_clang_usable result path)
	execute_process(COMMAND ${path} -dumpversion OUTPUT_VARIABLE version RESULT_VARIABLE status
		ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
	if(status OR version VERSION_LESS BPF_CLANG_MIN)
		set(${result} FALSE PARENT_SCOPE)
		return()
	endif()
	execute_process(COMMAND ${path} -target bpf -c -x c -o /dev/null /dev/null
		RESULT_VARIABLE status ERROR_QUIET OUTPUT_QUIET)
	if(status)
		set(${result} FALSE PARENT_SCOPE)
	endif()
endfunction()

# Ubuntu's /usr/sbin/bpftool is a script that fails when the running kernel's tools are missing.
function(bpf_bpftool_usable result path)
	execute_process(COMMAND ${path} gen help RESULT_VARIABLE status ERROR_VARIABLE help
		OUTPUT_QUIET)
	if(status OR NOT help MATCHES "skeleton")
		set(${result} FALSE PARENT_SCOPE)
	endif()
endfunction()

foreach(version RANGE 22 ${BPF_CLANG_MIN} -1)
	list(APPEND bpf_clang_names clang-${version})
	list(APPEND bpf_strip_names llvm-strip-${version})
endforeach()
find_program(BPF_CLANG NAMES ${bpf_clang_names} clang VALIDATOR bpf_clang_usable
	DOC "clang >= ${BPF_CLANG_MIN} with the BPF target")
file(GLOB bpf_linux_tools /usr/lib/linux-tools/* /usr/lib/linux-tools-*)
list(SORT bpf_linux_tools COMPARE NATURAL ORDER DESCENDING)
find_program(BPFTOOL NAMES bpftool PATHS /usr/local/sbin /usr/sbin /sbin ${bpf_linux_tools}
	VALIDATOR bpf_bpftool_usable DOC "bpftool with \"gen skeleton\"")
# Only makes the object (and so the binary) smaller: what libbpf reads is BTF, not DWARF.
find_program(BPF_STRIP NAMES ${bpf_strip_names} llvm-strip DOC "llvm-strip (optional)")
mark_as_advanced(BPF_CLANG BPFTOOL BPF_STRIP)

function(bpf_object name source)
	cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEFINES;DEPENDS")
	cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
	set(dir ${CMAKE_CURRENT_BINARY_DIR}/skel)
	set(object ${dir}/${name}.bpf.o)
	set(skeleton ${dir}/${name}.skel.h)
	file(MAKE_DIRECTORY ${dir})

	set(strip)
	if(BPF_STRIP)
		set(strip COMMAND ${BPF_STRIP} -g ${object})
	endif()
	set(includes)
	foreach(include ${LIBBPF_INCLUDE_DIRS})
		list(APPEND includes -isystem ${include})
	endforeach()
	# The line info in BTF carries source paths: the prefix map keeps builds reproducible.
	# BPF_PROG() names a ctx, and arguments by position: unused ones are its nature.
	# Some distributions' clang turns the stack protector on for every target: BPF has none.
	add_custom_command(OUTPUT ${object}
		COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror
			-Wno-unused-parameter -D__TARGET_ARCH_${BPF_ARCH} ${arg_DEFINES}
			-fno-stack-protector -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
			-I${PROJECT_SOURCE_DIR}/vmlinux/${BPF_VMLINUX}
			-I${PROJECT_SOURCE_DIR}/include ${includes}
			-MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
		${strip}
		DEPENDS ${source} ${arg_DEPENDS} DEPFILE ${object}.d
		COMMENT "BPF object ${name}" VERBATIM)
	add_custom_command(OUTPUT ${skeleton}
		COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}.new
		COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.new ${skeleton}
		DEPENDS ${object} COMMENT "BPF skeleton ${name}" VERBATIM)

	add_custom_target(${name}_skeleton DEPENDS ${skeleton})
	add_library(${name} INTERFACE)
	add_dependencies(${name} ${name}_skeleton)
	# SYSTEM: bpftool's output is not held to our warnings.
	target_include_directories(${name} SYSTEM INTERFACE ${dir})
endfunction()
