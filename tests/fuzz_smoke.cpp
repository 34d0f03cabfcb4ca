// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without a fuzzer: every file of its corpus, then seeded mutations of them.
// Usage: x_fuzz <corpus folder> [mutations] [seed]. A finding is a crash, as under libFuzzer.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace std::literals;
using Input = std::vector<std::uint8_t>;

constexpr std::uint64_t kDefaultMutations = 20'000;
constexpr std::uint64_t kDefaultSeed = 1;
constexpr std::size_t kMaxInput = 64 << 10;

/// The files of a folder in the order of their names; empty when it does not exist.
std::vector<Input> read_corpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Input> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

class Mutator {
  public:
    Mutator(const std::vector<Input>& corpus, std::uint64_t seed) : corpus_(corpus), rng_(seed) {}

    /// A copy of a corpus file (or nothing) with one to eight changes.
    Input next() {
        Input input = corpus_.empty() ? Input{} : corpus_[below(corpus_.size())];
        const std::size_t changes = 1 + below(8);
        for (std::size_t i = 0; i < changes; ++i) change(input);
        if (input.size() > kMaxInput) input.resize(kMaxInput);
        return input;
    }

  private:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(rng_() % bound); }
    std::ptrdiff_t position(const Input& input) {
        return static_cast<std::ptrdiff_t>(below(input.size() + 1));
    }

    void change(Input& input) {
        static constexpr std::string_view kTokens[] = {
            "\n", "\r\n", ",", "\"", "\\",   "{", "}", "[", "]",     ":",    "=",   " ",
            "0",  "-",    ".", "e9", "\0"sv, "T", "Z", "+", "1e309", "null", "nan", "\xff"};
        const std::ptrdiff_t at = position(input);
        switch (below(6)) {
            case 0:  // another byte
                if (at != std::ssize(input))
                    input[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(rng_());
                break;
            case 1:  // another bit
                if (at != std::ssize(input))
                    input[static_cast<std::size_t>(at)] ^=
                        static_cast<std::uint8_t>(1U << below(8));
                break;
            case 2:  // cut the end
                input.resize(static_cast<std::size_t>(at));
                break;
            case 3: {  // leave a piece out
                const std::ptrdiff_t to = std::max(at, position(input));
                input.erase(input.begin() + at, input.begin() + to);
                break;
            }
            case 4: {  // put a token in
                const std::string_view token = kTokens[below(std::size(kTokens))];
                input.insert(input.begin() + at, token.begin(), token.end());
                break;
            }
            default: {  // put a piece of another file in
                if (corpus_.empty()) {
                    input.insert(input.begin() + at, static_cast<std::uint8_t>(rng_()));
                    break;
                }
                const Input& other = corpus_[below(corpus_.size())];
                const std::ptrdiff_t from = position(other);
                const std::ptrdiff_t to = std::max(from, position(other));
                input.insert(input.begin() + at, other.begin() + from, other.begin() + to);
            }
        }
    }

    const std::vector<Input>& corpus_;
    std::mt19937_64 rng_;
};

bool parse(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t mutations = kDefaultMutations;
    std::uint64_t seed = kDefaultSeed;
    if (argc < 2 || argc > 4 || (argc > 2 && !parse(argv[2], mutations)) ||
        (argc > 3 && !parse(argv[3], seed))) {
        std::fputs("usage: x_fuzz <corpus folder> [mutations] [seed]\n", stderr);
        return 2;
    }
    const std::vector<Input> corpus = read_corpus(argv[1]);
    for (const Input& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
    // Said before the mutations: after a crash it is the way to repeat it.
    std::printf("%zu corpus files passed; %llu mutations follow, seed %llu\n", corpus.size(),
                static_cast<unsigned long long>(mutations), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Mutator mutator(corpus, seed);
    for (std::uint64_t i = 0; i < mutations; ++i) {
        const Input input = mutator.next();
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu inputs passed\n", corpus.size() + static_cast<std::size_t>(mutations));
    return 0;
}
