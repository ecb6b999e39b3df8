// The catalogue for readers: at a terminal and in the README.
#include <fmt/format.h>

#include <algorithm>

#include "harness/fault/catalogue.hpp"

namespace splitsite {
namespace {

std::string default_of(const ParameterSpec& spec) {
  if (spec.otherwise.empty()) return "must be given";
  if (spec.otherwise == "none") return "may be left out";
  return "default " + spec.otherwise;
}

// "sites=a-b direction=both": what must be given, then what may be.
std::string markdown_parameters(const CatalogueEntry& entry) {
  std::string cell;
  for (const ParameterSpec& spec : entry.parameters) {
    const std::string otherwise = spec.otherwise.empty() || spec.otherwise == "none"
                                      ? (spec.otherwise.empty() ? "" : " (may be left out)")
                                      : fmt::format(" (`{}`)", spec.otherwise);
    cell +=
        fmt::format("{}`{}`: {}{}", cell.empty() ? "" : "; ", spec.name, spec.allowed, otherwise);
  }
  return cell.empty() ? "none" : cell;
}

// A vertical bar would end the cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::string list_text(const Catalogue& catalogue) {
  std::size_t widest = 0;
  for (const CatalogueEntry& entry : catalogue) widest = std::max(widest, entry.name.size());
  std::string text;
  for (const CatalogueEntry& entry : catalogue) {
    text += fmt::format("{:<{}}  {}\n", entry.name, widest, entry.summary);
  }
  return text;
}

std::string describe(const CatalogueEntry& entry) {
  std::string text = fmt::format("{}: {}\n\n", entry.name, entry.summary);
  for (const ParameterSpec& spec : entry.parameters) {
    text += fmt::format("  {:<12} {} ({}): {}; {}\n", spec.name, spec.meaning, spec.type,
                        spec.allowed, default_of(spec));
  }
  if (!entry.parameters.empty()) text += "\n";
  text += fmt::format("mechanism  {}\nproof      {}\nundo       {}\nlimits     {}\n",
                      entry.mechanism, entry.proof, entry.undo, entry.limits);
  text += fmt::format("example    splitsite fault inject {}{}{}\n", entry.name,
                      entry.example.empty() ? "" : " ", entry.example);
  return text;
}

std::string list_markdown(const Catalogue& catalogue) {
  std::string text =
      "| fault | parameters (default) | mechanism | proof | undo | limits |\n"
      "|---|---|---|---|---|---|\n";
  for (const CatalogueEntry& entry : catalogue) {
    text +=
        fmt::format("| **{}**: {} | {} | {} | {} | {} | {} |\n", entry.name, cell(entry.summary),
                    cell(markdown_parameters(entry)), cell(entry.mechanism), cell(entry.proof),
                    cell(entry.undo), cell(entry.limits));
  }
  return text;
}

}  // namespace splitsite
