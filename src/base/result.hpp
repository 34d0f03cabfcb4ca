// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/check.hpp"
#include "base/error.hpp"

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace fleet {

/// Wrapper that turns an Error into a failed Result of any type: `return fail(Code::io, "…");`
struct Failure {
    Error error;
};

[[nodiscard]] inline Failure fail(Code code, std::string message) {
    return Failure{Error(code, std::move(message))};
}
[[nodiscard]] inline Failure fail(Error error) { return Failure{std::move(error)}; }

/// A value or an Error. Member names are those of std::expected, which g++ 12 does not have.
/// `Result<void>` holds nothing or an Error. Reading the wrong side is a programmer error
/// (FLEET_CHECK).
template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return fail(…);` are its use
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& value() & {
        FLEET_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        FLEET_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        FLEET_CHECK(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const& {
        FLEET_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Error&& error() && {
        FLEET_CHECK(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? *std::get_if<0>(&state_) : static_cast<T>(std::forward<U>(other));
    }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    // NOLINTBEGIN(google-explicit-constructor)
    Result(Failure failure) : error_(std::move(failure.error)) {}
    Result(Error error) : error_(std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    void value() const { FLEET_CHECK(has_value()); }
    [[nodiscard]] const Error& error() const& {
        FLEET_CHECK(error_.has_value());
        return *error_;
    }
    [[nodiscard]] Error&& error() && {
        FLEET_CHECK(error_.has_value());
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

}  // namespace fleet

#define FLEET_CONCAT_INNER(a, b) a##b
#define FLEET_CONCAT(a, b) FLEET_CONCAT_INNER(a, b)

/// `FLEET_TRY(auto rows, reader.history(query));` declares `rows` or returns the error.
#define FLEET_TRY(declaration, expression) \
    FLEET_TRY_IMPL(declaration, expression, FLEET_CONCAT(fleet_try_, __LINE__))
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration or a name cannot be in parentheses
#define FLEET_TRY_IMPL(declaration, expression, name)         \
    auto name = (expression);                                 \
    if (!name) return ::fleet::fail(std::move(name).error()); \
    declaration = std::move(name).value()

/// `FLEET_TRY_VOID(file.sync());` returns the error of a Result<void> (or drops the value of
/// another Result).
#define FLEET_TRY_VOID(expression) \
    FLEET_TRY_VOID_IMPL(expression, FLEET_CONCAT(fleet_try_, __LINE__))
#define FLEET_TRY_VOID_IMPL(expression, name)                     \
    do {                                                          \
        auto name = (expression);                                 \
        if (!name) return ::fleet::fail(std::move(name).error()); \
    } while (false)
// NOLINTEND(bugprone-macro-parentheses)
