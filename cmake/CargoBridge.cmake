# SPDX-License-Identifier: Apache-2.0
# The bridge to the Cassandra driver (src/cql/bridge, Rust) as the imported library fleet_cql_bridge, built by cargo from its lock file.
# FLEET_WITH_CASSANDRA is ON by default where cargo is new enough; without it everything else is built and `open_session` says why not.
# Build folders share cargo's own target folder: its 97 crates take more than a minute on two cores, and no flag of ours changes them.
set(FLEET_CARGO_MINIMUM 1.88)
set(FLEET_CARGO_TARGET ${PROJECT_SOURCE_DIR}/.dev/cargo CACHE PATH "Target folder of cargo")

find_program(FLEET_CARGO cargo HINTS $ENV{CARGO_HOME}/bin $ENV{HOME}/.cargo/bin)
set(cargo_default OFF)
if(FLEET_SANITIZE MATCHES "thread")
    set(cargo_reason "ThreadSanitizer does not see what the Rust half does, and takes it for races")
elseif(NOT FLEET_CARGO)
    set(cargo_reason "there is no cargo; `./dev setup` installs one")
else()
    execute_process(COMMAND ${FLEET_CARGO} --version OUTPUT_VARIABLE cargo_version ERROR_QUIET)
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" cargo_version "${cargo_version}")
    if(cargo_version VERSION_LESS FLEET_CARGO_MINIMUM)
        set(cargo_reason "${FLEET_CARGO} is version '${cargo_version}', ${FLEET_CARGO_MINIMUM} or newer is needed; `./dev setup` installs one")
    else()
        set(cargo_default ON)
    endif()
endif()
# Not cached, so that a cargo that is installed later is seen; -DFLEET_WITH_CASSANDRA=… decides otherwise.
if(NOT DEFINED FLEET_WITH_CASSANDRA)
    set(FLEET_WITH_CASSANDRA ${cargo_default})
endif()

if(NOT FLEET_WITH_CASSANDRA)
    if(cargo_default)
        set(cargo_reason "FLEET_WITH_CASSANDRA is OFF")
    endif()
    message(STATUS "Cassandra: off: ${cargo_reason}")
    return()
endif()
if(NOT cargo_default)
    message(FATAL_ERROR "FLEET_WITH_CASSANDRA is ON, but: ${cargo_reason}")
endif()
find_package(OpenSSL REQUIRED)
message(STATUS "Cassandra: on (cargo ${cargo_version})")

set(bridge_folder ${PROJECT_SOURCE_DIR}/src/cql/bridge)
set(bridge_library ${PROJECT_BINARY_DIR}/libfleet_cql_bridge.a)
file(GLOB bridge_sources CONFIGURE_DEPENDS ${bridge_folder}/src/*.rs)
# The copy has a time of its own: cargo leaves an output as it is when nothing changed, and ninja would ask again each time.
add_custom_command(OUTPUT ${bridge_library}
    COMMAND ${FLEET_CARGO} build --quiet --release --locked -j 2 --target-dir ${FLEET_CARGO_TARGET}
        --manifest-path ${bridge_folder}/Cargo.toml --lib
    COMMAND ${CMAKE_COMMAND} -E copy ${FLEET_CARGO_TARGET}/release/libfleet_cql_bridge.a ${bridge_library}
    DEPENDS ${bridge_folder}/Cargo.toml ${bridge_folder}/Cargo.lock ${bridge_sources}
    COMMENT "Building the bridge to the Cassandra driver (cargo)"
    VERBATIM)
add_custom_target(fleet_cql_cargo DEPENDS ${bridge_library})

add_library(fleet_cql_bridge STATIC IMPORTED GLOBAL)
set_target_properties(fleet_cql_bridge PROPERTIES IMPORTED_LOCATION ${bridge_library}
    INTERFACE_INCLUDE_DIRECTORIES ${bridge_folder}/include
    INTERFACE_COMPILE_DEFINITIONS FLEET_WITH_CASSANDRA=1)
target_link_libraries(fleet_cql_bridge INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS} m)
add_dependencies(fleet_cql_bridge fleet_cql_cargo)
