# SPDX-License-Identifier: GPL-2.0-only
# Cross-building for arm64 with Debian's cross compiler: scripts/cross makes the root folder with
# arm64's libraries and configures with
#   -DCMAKE_TOOLCHAIN_FILE=cmake/arm64-toolchain.cmake -DCROSS_ROOT=FOLDER
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

set(CROSS_ROOT "" CACHE PATH "Root folder with the target's libraries and headers")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CROSS_ROOT)
if(NOT EXISTS "${CROSS_ROOT}/usr/include")
	message(FATAL_ERROR "CROSS_ROOT (${CROSS_ROOT}) has no usr/include: use scripts/cross")
endif()
set(CMAKE_SYSROOT "${CROSS_ROOT}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CROSS_ROOT}")
set(ENV{PKG_CONFIG_LIBDIR}
	"${CROSS_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CROSS_ROOT}/usr/share/pkgconfig")
