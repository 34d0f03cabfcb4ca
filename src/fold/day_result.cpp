// SPDX-License-Identifier: Apache-2.0
// Persisted form of the lists: version u8, count, then each item in varints. Its start is the
// difference to the item before, places are differences to the place before.
#include "fold/day_result.hpp"

#include "base/time.hpp"
#include "fold/varint.hpp"

#include <type_traits>

namespace fleet::fold {

namespace {

constexpr std::uint8_t kVersion = 1;

constexpr unsigned kSpeed = 1U << 4;  // after the reasons, two bits each

constexpr unsigned kEnd = 1U << 2;  // after the severity
constexpr unsigned kPeak = 1U << 3;
constexpr unsigned kLimit = 1U << 4;
constexpr unsigned kPlace = 1U << 5;

/// Numbers near those before them.
class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}
    void start(std::int64_t ms) {
        put_svarint(out_, ms - start_);
        start_ = ms;
    }
    void after_start(std::int64_t ms) { put_svarint(out_, ms - start_); }
    void place(model::GeoPoint at) {
        put_svarint(out_, std::int64_t{at.lat} - at_.lat);
        put_svarint(out_, std::int64_t{at.lon} - at_.lon);
        at_ = at;
    }
    void number(std::int64_t value) { put_svarint(out_, value); }
    void flags(unsigned value) { out_.push_back(static_cast<char>(value)); }

  private:
    std::string& out_;
    std::int64_t start_ = 0;
    model::GeoPoint at_;
};

class Reader : public VarintReader {
  public:
    using VarintReader::VarintReader;
    std::int64_t start() noexcept { return start_ = time(start_); }
    std::int64_t after_start() noexcept { return time(start_); }
    model::GeoPoint place() noexcept {
        at_.lat = narrow<std::int32_t>(std::int64_t{at_.lat} + int32());
        at_.lon = narrow<std::int32_t>(std::int64_t{at_.lon} + int32());
        return at_;
    }
    std::int32_t int32() noexcept { return narrow<std::int32_t>(signed_number()); }
    std::uint32_t id() noexcept {
        return narrow<std::uint32_t>(static_cast<std::int64_t>(number()));
    }

  private:
    /// Both times lie in [0, kMaxMs], so that their difference cannot overflow.
    std::int64_t time(std::int64_t before) noexcept {
        const std::int64_t difference = signed_number();
        if (difference < -kMaxMs || difference > kMaxMs) return stop();
        const std::int64_t ms = before + difference;
        return ms < 0 || ms > kMaxMs ? stop() : ms;
    }
    std::int64_t start_ = 0;
    model::GeoPoint at_;
};

void write(Writer& w, const model::Trip& trip) {
    w.flags(static_cast<unsigned>(trip.start_reason) | static_cast<unsigned>(trip.end_reason) << 2 |
            (trip.max_speed ? kSpeed : 0));
    w.start(trip.start_ms);
    w.after_start(trip.end_ms);
    w.number(trip.distance_mm);
    w.number(trip.gap_mm);
    if (trip.max_speed) w.number(*trip.max_speed);
    w.place(trip.from);
    w.place(trip.to);
}

void read(Reader& r, model::Trip& trip) {
    const unsigned flags = r.byte();
    if (flags >= 2 * kSpeed || (flags & 3) > 2) r.stop();
    trip.start_reason = static_cast<model::TripStart>(flags & 3);
    trip.end_reason = static_cast<model::TripEnd>(flags >> 2 & 3);
    trip.start_ms = r.start();
    trip.end_ms = r.after_start();
    trip.distance_mm = r.signed_number();
    trip.gap_mm = r.signed_number();
    if ((flags & kSpeed) != 0) trip.max_speed = r.int32();
    trip.from = r.place();
    trip.to = r.place();
}

void write(Writer& w, const model::Stop& stop) {
    w.flags(stop.open ? 1 : 0);
    w.start(stop.start_ms);
    w.after_start(stop.end_ms);
    w.place(stop.at);
}

void read(Reader& r, model::Stop& stop) {
    const unsigned flags = r.byte();
    if (flags > 1) r.stop();
    stop.open = flags == 1;
    stop.start_ms = r.start();
    stop.end_ms = r.after_start();
    stop.at = r.place();
}

void write(Writer& w, const model::AlertRun& alert, std::string& out) {
    w.flags(static_cast<unsigned>(alert.severity) | (alert.end_ms ? kEnd : 0) |
            (alert.peak ? kPeak : 0) | (alert.limit ? kLimit : 0) | (alert.at ? kPlace : 0));
    put_varint(out, alert.rule);
    put_varint(out, alert.zone);
    w.start(alert.start_ms);
    if (alert.end_ms) w.after_start(*alert.end_ms);
    if (alert.peak) w.number(*alert.peak);
    if (alert.limit) w.number(*alert.limit);
    if (alert.at) w.place(*alert.at);
    put_text(out, alert.alarm);
}

void read(Reader& r, model::AlertRun& alert) {
    const unsigned flags = r.byte();
    if (flags >= 2 * kPlace || (flags & 3) > 2) r.stop();
    alert.severity = static_cast<model::Severity>(flags & 3);
    alert.rule = r.id();
    alert.zone = r.id();
    alert.start_ms = r.start();
    if ((flags & kEnd) != 0) alert.end_ms = r.after_start();
    if ((flags & kPeak) != 0) alert.peak = r.int32();
    if ((flags & kLimit) != 0) alert.limit = r.int32();
    if ((flags & kPlace) != 0) alert.at = r.place();
    alert.alarm = std::string(r.text());
}

template <class Item>
void encode(std::span<const Item> items, std::string& out) {
    out.push_back(static_cast<char>(kVersion));
    if (items.empty()) return;
    put_varint(out, items.size());
    Writer w(out);
    for (const Item& item : items) {
        if constexpr (std::is_same_v<Item, model::AlertRun>)
            write(w, item, out);
        else
            write(w, item);
    }
}

template <class Item>
Result<std::vector<Item>> decode(std::string_view bytes, const char* what) {
    std::vector<Item> items;
    if (bytes.empty()) return items;
    Reader r(bytes);
    const std::uint8_t version = r.byte();
    if (version > kVersion)
        return fail(Code::unsupported,
                    std::string(what) + " were written by a later version of the program");
    if (version != kVersion) r.stop();
    if (r.left() != 0) {
        std::size_t left = r.count();
        if (left == 0) r.stop();
        for (; left > 0 && r.ok(); --left) read(r, items.emplace_back());
    }
    if (!r.done()) return fail(Code::corrupt, std::string(what) + " are damaged");
    return items;
}

}  // namespace

void encode_trips(std::span<const model::Trip> trips, std::string& out) { encode(trips, out); }
void encode_stops(std::span<const model::Stop> stops, std::string& out) { encode(stops, out); }
void encode_alerts(std::span<const model::AlertRun> alerts, std::string& out) {
    encode(alerts, out);
}

Result<std::vector<model::Trip>> decode_trips(std::string_view bytes) {
    return decode<model::Trip>(bytes, "stored trips");
}
Result<std::vector<model::Stop>> decode_stops(std::string_view bytes) {
    return decode<model::Stop>(bytes, "stored stops");
}
Result<std::vector<model::AlertRun>> decode_alerts(std::string_view bytes) {
    return decode<model::AlertRun>(bytes, "stored alerts");
}

}  // namespace fleet::fold
