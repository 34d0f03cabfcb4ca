// SPDX-License-Identifier: Apache-2.0
// The compiled part of Asio and Beast, once for the whole program: BOOST_ASIO_SEPARATE_COMPILATION
// and BOOST_BEAST_SEPARATE_COMPILATION are defined for everything that links this library.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
