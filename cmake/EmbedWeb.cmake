# SPDX-License-Identifier: Apache-2.0
# Compiles a folder of built web files into a library that defines fleet::server::embedded_assets() (server/assets.hpp).
# The bytes come in with .incbin, so the size of the folder costs no compile time.
enable_language(ASM)

# fleet_embed_web(<target> <folder>): without the folder the table is empty.
function(fleet_embed_web target folder)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    if(NOT files)
        message(STATUS "${target}: nothing in ${folder}, the binary will have no web pages (`./dev build` makes them)")
    endif()
    set(script ${PROJECT_SOURCE_DIR}/tools/embed_web.py)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
    add_custom_command(
        OUTPUT ${out}/assets.cpp ${out}/assets.S ${out}/assets.bin
        COMMAND Python3::Interpreter ${script} ${folder} ${out}
        DEPENDS ${script} ${files}
        COMMENT "Embedding ${folder}"
        VERBATIM)
    add_library(${target} STATIC ${out}/assets.cpp ${out}/assets.S)
    set_source_files_properties(${out}/assets.S PROPERTIES OBJECT_DEPENDS ${out}/assets.bin
        COMPILE_OPTIONS "-I${out}")
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
endfunction()
