// SPDX-License-Identifier: Apache-2.0
#include "live/hub.hpp"

#include "base/check.hpp"
#include "codec/json_writer.hpp"
#include "live/client.hpp"
#include "live/dirty_set.hpp"
#include "live/fleet_view.hpp"
#include "live/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::live {

namespace {
constexpr std::size_t kMaxReplies = 16;
constexpr std::int64_t kNsPerMs = 1'000'000;
}  // namespace

namespace {

using Phase = Client::Phase;

class LiveHub final : public Hub {
  public:
    LiveHub(HubOptions options, std::shared_ptr<const Source> source,
            std::shared_ptr<const Clock> clock)
        : options_(std::move(options)), source_(std::move(source)), clock_(std::move(clock)) {
        if (options_.epoch == 0)
            options_.epoch = static_cast<std::uint32_t>(clock_->now().ms / 100);
    }

    void changed(DeviceHandle device, std::uint32_t /*fleet*/) noexcept override {
        // Before the first viewer nobody needs the notes. The engine calls this under the lock that
        // latest() takes, so a change that misses the flag is seen by the snapshot that is read
        // after it was set.
        if (watching_.load(std::memory_order_acquire)) dirty_.add(device.value);
    }

    Result<std::shared_ptr<Client>> connect(Format format, model::FleetScope scope,
                                            std::function<void()> wake) override;
    void disconnect(Client& client) override;
    std::optional<Close> receive(Client& client, std::string_view message) override;
    std::optional<Outgoing> next(Client& client) override;
    std::optional<Close> verdict(Client& client) override;
    void tick() override;
    std::int64_t tick_ms() const noexcept override { return options_.tick_ms; }
    std::size_t clients() const noexcept override {
        return client_count_.load(std::memory_order_relaxed);
    }

  private:
    /// Where a device is shown. Only the tick uses it.
    struct Place {
        FleetView* view = nullptr;  ///< null: not known, or its fleet was never watched
        std::uint32_t slot = 0;
    };
    struct Change {
        std::uint32_t slot;
        model::Latest latest;
    };

    std::optional<Close> subscribe(Client& client, std::string fleet);
    void leave(Client& client);
    void start(Client& client);
    std::optional<std::string> control(Client& client);
    std::optional<Outgoing> names_for(Client& client, std::size_t slots, std::size_t zones);
    std::optional<Outgoing> pick_train(Client& client, std::int64_t now_ns);
    std::optional<Outgoing> next_frame(Client& client, std::int64_t now_ns);
    void note_sent(Client& client, std::uint32_t seq, std::int64_t now_ns);
    std::int64_t lag_ms(const Client& client, std::int64_t now_ns) const;
    void adapt_rate(Client& client, std::int64_t now_ns);
    bool has_work(const Client& client, std::int64_t now_ns) const;
    bool delta_due(const Client& client, std::int64_t now_ns) const;

    std::set<std::string> load_wanted_fleets(Timestamp now);
    std::unique_ptr<FleetView> load(const std::string& name, std::uint32_t number, Timestamp now);
    void collect_changes();
    void find_new_devices();
    void drop_views_of_erased();
    void drop_views(const std::unordered_map<std::uint32_t, FleetView*>& views);
    void join(FleetView& view, DeviceHandle device);
    Place& place(DeviceHandle device);
    void refresh(FleetView& view, bool wanted, Timestamp now);

    HubOptions options_;
    std::shared_ptr<const Source> source_;
    std::shared_ptr<const Clock> clock_;

    DirtySet dirty_;
    std::atomic<bool> watching_{false};
    std::atomic<std::size_t> client_count_{0};

    // Only tick() uses these.
    std::vector<Place> places_;  ///< by device
    std::unordered_map<std::uint32_t, FleetView*> by_number_;
    std::unordered_map<const FleetView*, std::uint32_t> numbers_;  ///< the other way round
    std::unordered_map<const FleetView*, std::vector<DeviceHandle>> devices_;  ///< by slot
    std::int64_t next_kpi_ns_ = 0;
    std::unordered_map<std::string, std::uint32_t> dropped_;  ///< fleet → seq of its last view

    // Guarded by mutex_. Views are changed by tick() only, under the lock.
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<FleetView>, std::less<>> views_;
    std::unordered_map<const Client*, std::shared_ptr<Client>> clients_;
    std::set<std::string> wanted_;
};

// --- viewers
Result<std::shared_ptr<Client>> LiveHub::connect(Format format, model::FleetScope scope,
                                                 std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    if (clients_.size() >= options_.max_clients)
        return fail(Code::overloaded, "too many viewers on this node");
    auto client =
        std::make_shared<Client>(format, std::move(scope), std::move(wake), options_.tick_ms);
    clients_.emplace(client.get(), client);
    client_count_.store(clients_.size(), std::memory_order_relaxed);
    return client;
}

void LiveHub::disconnect(Client& client) {
    const std::lock_guard lock(mutex_);
    leave(client);
    clients_.erase(&client);
    client_count_.store(clients_.size(), std::memory_order_relaxed);
}

std::optional<Close> LiveHub::receive(Client& client, std::string_view text) {
    Result<ClientMessage> message = parse_message(text);
    if (!message) return Close{4000, message.error().message};
    const std::lock_guard lock(mutex_);
    const bool greeted = client.phase != Phase::greeting;
    if (greeted == (message->type == MessageType::hello))
        return Close{4000, greeted ? "hello comes once" : "hello comes first"};
    switch (message->type) {
        case MessageType::hello: {
            std::string welcome;
            codec::JsonWriter json(welcome);
            json.begin_object();
            json.member("type", "welcome");
            json.member_integer("epoch", options_.epoch);
            json.member_integer("tick_ms", options_.tick_ms);
            json.member_integer("stale_s", options_.stale_ms / 1000);
            json.member_integer("offline_s", options_.offline_ms / 1000);
            json.member("version", options_.version);
            json.end_object();
            client.replies.push_back(std::move(welcome));
            client.phase = Phase::idle;
            if (message->epoch == options_.epoch && message->seq && message->slots)
                client.resume = std::move(message).value();
            return std::nullopt;
        }
        case MessageType::sub: return subscribe(client, std::move(message->fleet));
        case MessageType::ack:
            client.acknowledges = true;
            if (client.probe_since_ns != kNever && *message->seq >= client.probe_seq)
                client.probe_since_ns = kNever;
            return std::nullopt;
        case MessageType::ping:
            if (client.replies.size() >= kMaxReplies)
                return Close{4008, "too many pings without reading the answers"};
            client.replies.push_back(fmt::format(R"({{"type":"pong","t":{}}})", message->t));
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Close> LiveHub::subscribe(Client& client, std::string fleet) {
    if (!client.scope.allows(fleet) || !source_->fleet_number(fleet))
        return Close{4004, "there is no such fleet"};
    leave(client);
    client.wanted = std::move(fleet);
    const auto view = views_.find(client.wanted);
    if (view != views_.end() && view->second->subscribers > 0) {
        start(client);
    } else {
        // Reading the states of a whole fleet, or what changed while nobody watched, is the tick's
        // work.
        watching_.store(true, std::memory_order_release);
        wanted_.insert(client.wanted);
        client.phase = Phase::loading;
    }
    return std::nullopt;
}

void LiveHub::leave(Client& client) {
    if (client.fleet != nullptr) --client.fleet->subscribers;
    client.fleet = nullptr;
    client.train.reset();
    client.probe_since_ns = kNever;
}

/// The fleet is there: decides between a snapshot and a resume.
void LiveHub::start(Client& client) {
    client.fleet = views_.find(client.wanted)->second.get();
    ++client.fleet->subscribers;
    client.phase = Phase::starting;
    client.seq = 0;
    client.ids = 0;
    client.zones = 0;
    client.kpi = 0;
    client.resume_from_slot = SIZE_MAX;
    const bool can_resume = client.resume && *client.resume->slots <= client.fleet->slots() &&
                            *client.resume->seq <= client.fleet->seq() &&
                            *client.resume->seq >= client.fleet->first_seq() &&
                            *client.resume->slots > 0 &&
                            (client.resume->fleet.empty() || client.resume->fleet == client.wanted);
    if (can_resume) {
        client.seq = *client.resume->seq;
        client.ids = *client.resume->slots;
        // Ids go out a frame ahead of the rows, so rows of the last such frame may have been lost
        // with the connection.
        client.resume_from_slot =
            (client.ids - 1) / options_.rows_per_frame * options_.rows_per_frame;
    }
    client.resume.reset();
}

std::optional<Outgoing> LiveHub::next(Client& client) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_ns = clock_->monotonic_ns();
    if (client.writing_since_ns != kNever) {
        adapt_rate(client, now_ns);
        client.writing_since_ns = kNever;
    }
    std::optional<Outgoing> out;
    if (std::optional<std::string> text = control(client)) {
        out = Outgoing{std::make_shared<const std::string>(std::move(*text)), false};
    } else if (client.fleet != nullptr) {
        out = client.train ? next_frame(client, now_ns) : pick_train(client, now_ns);
    }
    if (out) client.writing_since_ns = now_ns;
    return out;
}

/// Answers and notices, before any data.
std::optional<std::string> LiveHub::control(Client& client) {
    if (!client.replies.empty()) {
        std::string text = std::move(client.replies.front());
        client.replies.pop_front();
        return text;
    }
    if (client.announced_ms != client.interval_ms) {
        client.announced_ms = client.interval_ms;
        return fmt::format(R"({{"type":"lag","ms":{}}})", client.interval_ms);
    }
    if (client.phase != Phase::starting) return std::nullopt;

    std::string text;
    codec::JsonWriter json(text);
    const bool resumes = client.resume_from_slot != SIZE_MAX;
    client.train = resumes ? client.fleet->delta(client.format, client.seq, client.resume_from_slot)
                           : client.fleet->snapshot(client.format);
    client.next_frame = 0;
    client.phase = Phase::sending;
    json.begin_object();
    json.member("type", resumes ? "resume" : "snap");
    json.member("fleet", client.wanted);
    json.member_integer("seq", resumes ? client.seq : client.train->seq);
    if (!resumes) json.member_integer("devices", static_cast<std::int64_t>(client.train->slots));
    json.end_object();
    return text;
}

/// The next frame of the train, or the names that it needs first.
std::optional<Outgoing> LiveHub::next_frame(Client& client, std::int64_t now_ns) {
    const Train& train = *client.train;
    if (client.next_frame < train.frames.size()) {
        const std::size_t rows_end =
            client.phase == Phase::sending && client.resume_from_slot == SIZE_MAX
                ? std::min(train.slots, (client.next_frame + 1) * options_.rows_per_frame)
                : train.slots;
        if (auto names = names_for(client, rows_end, train.zones)) return names;
        Outgoing out{train.frames[client.next_frame++], client.format == Format::binary};
        if (client.next_frame == train.frames.size()) {
            note_sent(client, train.seq, now_ns);
        }
        return out;
    }
    // All frames are out (or there were none, for an empty fleet).
    client.seq = train.seq;
    client.train.reset();
    client.phase = Phase::following;
    client.resume_from_slot = SIZE_MAX;
    return pick_train(client, now_ns);
}

std::optional<Outgoing> LiveHub::names_for(Client& client, std::size_t slots, std::size_t zones) {
    if (client.ids < slots) {
        std::size_t end = 0;
        Payload payload = client.fleet->ids(client.ids, end);
        client.ids = end;
        return Outgoing{std::move(payload), false};
    }
    if (client.zones < zones) {
        Payload payload = client.fleet->zones(client.zones);
        client.zones = client.fleet->zones();
        return Outgoing{std::move(payload), false};
    }
    return std::nullopt;
}

/// KPIs or the next delta, when they are due.
std::optional<Outgoing> LiveHub::pick_train(Client& client, std::int64_t now_ns) {
    FleetView& fleet = *client.fleet;
    if (client.phase != Phase::following) return std::nullopt;
    if (client.kpi != fleet.kpi_version()) {
        client.kpi = fleet.kpi_version();
        return Outgoing{fleet.kpi(), false};
    }
    if (!delta_due(client, now_ns)) return std::nullopt;
    client.train = fleet.delta(client.format, client.seq, SIZE_MAX);
    client.next_frame = 0;
    client.last_delta_ns = now_ns;
    return next_frame(client, now_ns);
}

bool LiveHub::delta_due(const Client& client, std::int64_t now_ns) const {
    if (client.seq == client.fleet->seq()) return false;
    // A tick comes a bit early or late; half of one decides.
    const std::int64_t wait_ns = (client.interval_ms - options_.tick_ms / 2) * kNsPerMs;
    return client.interval_ms <= options_.tick_ms || now_ns - client.last_delta_ns >= wait_ns;
}

// --- slow viewers
void LiveHub::note_sent(Client& client, std::uint32_t seq, std::int64_t now_ns) {
    if (client.probe_since_ns != kNever) return;
    client.probe_seq = seq;
    client.probe_since_ns = now_ns;
}

std::int64_t LiveHub::lag_ms(const Client& client, std::int64_t now_ns) const {
    const auto since = [&](std::int64_t start) {
        return start == kNever ? 0 : (now_ns - start) / kNsPerMs;
    };
    // A client that never acknowledges (curl) is judged by its socket alone.
    return std::max(since(client.writing_since_ns),
                    client.acknowledges ? since(client.probe_since_ns) : 0);
}

void LiveHub::adapt_rate(Client& client, std::int64_t now_ns) {
    const std::int64_t lag = lag_ms(client, now_ns);
    const std::int64_t since_change = (now_ns - client.rate_changed_ns) / kNsPerMs;
    if (lag > options_.slow_after_ms && since_change > options_.slow_after_ms &&
        client.interval_ms < options_.max_interval_ms) {
        client.interval_ms = std::min(client.interval_ms * 2, options_.max_interval_ms);
        client.rate_changed_ns = now_ns;
    } else if (lag <= options_.slow_after_ms && client.interval_ms > options_.tick_ms &&
               since_change > 2 * options_.slow_after_ms) {
        client.interval_ms = std::max(client.interval_ms / 2, options_.tick_ms);
        client.rate_changed_ns = now_ns;
    }
}

std::optional<Close> LiveHub::verdict(Client& client) {
    const std::lock_guard lock(mutex_);
    if (lag_ms(client, clock_->monotonic_ns()) < options_.give_up_ms) return std::nullopt;
    return Close{4008, "the connection takes in nothing"};
}

bool LiveHub::has_work(const Client& client, std::int64_t now_ns) const {
    if (client.writing_since_ns != kNever) return lag_ms(client, now_ns) >= options_.give_up_ms;
    if (lag_ms(client, now_ns) >= options_.give_up_ms || !client.replies.empty() ||
        client.announced_ms != client.interval_ms)
        return true;
    if (client.fleet == nullptr) return false;
    return client.phase != Phase::following || client.train ||
           client.kpi != client.fleet->kpi_version() || delta_due(client, now_ns);
}

// --- the beat
void LiveHub::tick() {
    const Timestamp now = clock_->now();
    const std::int64_t now_ns = clock_->monotonic_ns();
    if (!watching_.load(std::memory_order_acquire)) {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, client] : clients_)
            if (has_work(*client, now_ns)) client->wake();
        return;
    }
    const std::set<std::string> wanted = load_wanted_fleets(now);
    collect_changes();
    const bool kpis_due = now_ns >= next_kpi_ns_;
    if (kpis_due) {
        next_kpi_ns_ = now_ns + options_.kpi_interval_ms * kNsPerMs;
        drop_views_of_erased();
        find_new_devices();
    }
    for (const auto& [number, view] : by_number_)
        refresh(*view, wanted.contains(view->name()), now);

    // Asked before the lock, because the store may take its time.
    std::unordered_map<const FleetView*, std::optional<std::uint64_t>> critical;
    for (const auto& [number, view] : by_number_)
        if (kpis_due || wanted.contains(view->name()))
            critical.emplace(view, source_->critical_alerts(number));

    const std::lock_guard lock(mutex_);
    for (const auto& [name, view] : views_)
        if (wanted.contains(name) || (kpis_due && view->subscribers > 0))
            view->update_kpis(now, options_.stale_ms, options_.future_tolerance_ms,
                              critical[view.get()]);
    for (const auto& [key, client] : clients_) {
        if (client->phase == Phase::loading && views_.contains(client->wanted)) start(*client);
        adapt_rate(*client, now_ns);
        if (has_work(*client, now_ns)) client->wake();
    }
}

/// Makes views of fleets that are watched for the first time. Returns all that someone newly
/// watches.
std::set<std::string> LiveHub::load_wanted_fleets(Timestamp now) {
    std::set<std::string> wanted;
    {
        const std::lock_guard lock(mutex_);
        wanted.swap(wanted_);
    }
    for (const std::string& name : wanted) {
        const std::optional<std::uint32_t> number = source_->fleet_number(name);
        if (!number || by_number_.contains(*number)) continue;
        std::unique_ptr<FleetView> view = load(name, *number, now);
        const std::lock_guard lock(mutex_);
        views_.emplace(name, std::move(view));
    }
    return wanted;
}

/// Nobody else sees the view yet, so this needs no lock.
std::unique_ptr<FleetView> LiveHub::load(const std::string& name, std::uint32_t number,
                                         Timestamp now) {
    auto view = std::make_unique<FleetView>(name, options_.epoch, options_.rows_per_frame);
    by_number_.emplace(number, view.get());
    numbers_.emplace(view.get(), number);
    if (const auto before = dropped_.find(name); before != dropped_.end())
        view->replace_after(before->second);
    view->begin_changes(now);
    const auto devices = source_->devices_of(number);  // held: the loop must not outlive it
    for (const DeviceHandle device : *devices) {
        join(*view, device);
        view->set(place(device).slot, source_->latest(device));
    }
    view->end_changes();
    return view;
}

LiveHub::Place& LiveHub::place(DeviceHandle device) {
    if (places_.size() <= device.value)
        places_.resize(std::max<std::size_t>(device.value + 1, places_.size() * 2));
    return places_[device.value];
}

/// A view that others can see must be locked.
void LiveHub::join(FleetView& view, DeviceHandle device) {
    const std::uint32_t slot = view.add(source_->id_of(device));
    place(device) = {&view, slot};
    devices_[&view].push_back(device);
}

/// Sorts the changed devices by fleet.
void LiveHub::collect_changes() {
    std::vector<DeviceHandle> strangers;
    std::unordered_map<std::uint32_t, FleetView*> left;  // views of fleets that one has left
    dirty_.drain([&](std::uint32_t number) {
        const DeviceHandle device{number};
        const Place& known = place(device);
        if (known.view == nullptr) {
            strangers.push_back(device);
        } else if (numbers_.at(known.view) != source_->fleet_of(device)) {
            left.emplace(numbers_.at(known.view), known.view);
            strangers.push_back(device);
        } else if (!known.view->is_outdated[known.slot]) {
            known.view->is_outdated[known.slot] = true;
            known.view->outdated.push_back(known.slot);
        }
    });
    drop_views(left);
    for (const DeviceHandle device : strangers) {
        const auto found = by_number_.find(source_->fleet_of(device));
        if (found == by_number_.end()) continue;
        const std::lock_guard lock(mutex_);
        FleetView& view = *found->second;
        join(view, device);
        const std::uint32_t slot = place(device).slot;
        view.is_outdated[slot] = true;
        view.outdated.push_back(slot);
    }
}

/// Devices that were registered without a record are announced by nothing but the list.
void LiveHub::find_new_devices() {
    for (const auto& [number, view] : by_number_) {
        const auto devices = source_->devices_of(number);
        if (devices->size() == view->slots()) continue;
        const std::lock_guard lock(mutex_);
        for (const DeviceHandle device : *devices) {
            if (place(device).view != nullptr) continue;
            join(*view, device);
            const std::uint32_t slot = place(device).slot;
            view->is_outdated[slot] = true;
            view->outdated.push_back(slot);
        }
    }
}

void LiveHub::drop_views_of_erased() {
    auto known = by_number_;
    std::erase_if(known, [&](const auto& of) {
        return source_->devices_of(of.first)->size() >= of.second->slots();
    });
    drop_views(known);
}

/// Slots and their ids stay for the life of a view. So when a device has gone, the fleet gets a new
/// view, and its viewers a new snapshot.
void LiveHub::drop_views(const std::unordered_map<std::uint32_t, FleetView*>& views) {
    if (views.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [number, view] : views) {
        for (const auto& [key, client] : clients_) {
            if (client->fleet != view) continue;
            leave(*client);
            client->resume.reset();
            client->phase = Phase::loading;
            wanted_.insert(client->wanted);
        }
        dropped_[view->name()] = view->seq();
        for (const DeviceHandle device : devices_[view]) place(device) = {};
        devices_.erase(view);
        numbers_.erase(view);
        by_number_.erase(number);
        views_.erase(view->name());
    }
}

/// Reads the states of changed vehicles without the lock, then takes them over with it. A fleet
/// without viewers only collects what changed.
void LiveHub::refresh(FleetView& view, bool wanted, Timestamp now) {
    {
        const std::lock_guard lock(mutex_);
        if ((view.subscribers == 0 && !wanted) || view.outdated.empty()) return;
    }
    const std::vector<DeviceHandle>& devices = devices_[&view];
    std::vector<Change> changes;
    changes.reserve(view.outdated.size());
    for (const std::uint32_t slot : view.outdated) {
        view.is_outdated[slot] = false;
        changes.push_back({slot, source_->latest(devices[slot])});
    }
    view.outdated.clear();
    const std::lock_guard lock(mutex_);
    view.begin_changes(now);
    for (const Change& change : changes) view.set(change.slot, change.latest);
    view.end_changes();
}

}  // namespace

std::shared_ptr<Hub> Hub::create(HubOptions options, std::shared_ptr<const Source> source,
                                 std::shared_ptr<const Clock> clock) {
    FLEET_CHECK(options.tick_ms > 0 && options.rows_per_frame > 0);
    return std::make_shared<LiveHub>(std::move(options), std::move(source), std::move(clock));
}

}  // namespace fleet::live
