// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.bpf.json.Json;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.report.Region;
import org.ringwall.compiler.report.RuleText;

/**
 * The output of `reach` as JSON. docs/language.md, "The output of reach as JSON", describes each
 * member. Members may be added, but are never renamed or removed.
 *
 * <p>A member of {@link Region.Values} or {@link Region.Condition} that is empty is left out.
 */
final class ReachJson {
    private ReachJson() {}

    static String text(ReachReport report) {
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("policy", report.policy());
        whole.put("hooks", each(report.hooks(), ReachJson::hook));
        whole.put("blocks", each(report.blocks(), ReachJson::block));
        return Json.of(whole);
    }

    private static <T, R> List<R> each(List<T> all, Function<T, R> printed) {
        return all.stream().map(printed).toList();
    }

    private static Map<String, Object> hook(ReachReport.HookReach reach) {
        Map<String, Object> hook = new LinkedHashMap<>();
        hook.put("hook", reach.hook());
        hook.put("complete", reach.complete());
        hook.put("allowed", reach.allowed());
        hook.put("allows", regions(reach.allows()));
        hook.put("denies", regions(reach.denies()));
        return hook;
    }

    private static Map<String, Object> regions(ReachReport.Regions regions) {
        Map<String, Object> side = new LinkedHashMap<>();
        side.put("complete", regions.complete());
        side.put("regions", each(regions.regions(), ReachJson::region));
        return side;
    }

    private static Map<String, Object> region(Region region) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("verdict", region.verdict());
        one.put("rules", each(region.rules(), ReachJson::rule));
        one.put("fields", each(region.fields(), ReachJson::field));
        one.put("conditions", each(region.conditions(), ReachJson::condition));
        one.put("changes", region.changes());
        one.put("text", region.text());
        return one;
    }

    private static Map<String, Object> field(Region.FieldValues values) {
        Map<String, Object> field = new LinkedHashMap<>();
        field.put("field", values.field());
        field.put("anyOf", each(values.anyOf(), ReachJson::values));
        return field;
    }

    private static Map<String, Object> values(Region.Values values) {
        Map<String, Object> one = new LinkedHashMap<>();
        if (values.negated()) {
            one.put("not", true);
        }
        values.within().ifPresent(prefix -> one.put("within", prefix));
        list(one, "sets", values.sets());
        list(one, "prefixes", values.prefixes());
        list(one, "ranges", each(values.ranges(), ReachJson::range));
        list(one, "words", values.words());
        list(one, "strings", each(values.strings(), ReachJson::strings));
        list(one, "except", values.except());
        values.halves().ifPresent(halves -> {
            one.put("first64", range(halves.first()));
            one.put("last64", range(halves.last()));
        });
        return one;
    }

    private static void list(Map<String, Object> one, String name, List<?> values) {
        if (!values.isEmpty()) {
            one.put(name, values);
        }
    }

    private static Map<String, Object> range(Region.Range range) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("from", range.from());
        one.put("to", range.to());
        return one;
    }

    private static Map<String, Object> strings(Region.Strings strings) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("absent", strings.absent());
        one.put("matches", strings.matches());
        one.put("unknown", strings.unknown());
        return one;
    }

    private static Map<String, Object> condition(Region.Condition condition) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("kind", word(condition.kind()));
        condition.field().ifPresent(field -> one.put("field", field));
        condition.operator().ifPresent(operator -> one.put("operator", operator));
        condition.address().ifPresent(address -> one.put("address", address));
        Optional.of(condition.name()).filter(name -> !name.isEmpty()).ifPresent(name -> one.put("name", name));
        one.put("holds", condition.holds());
        one.put("text", condition.text());
        return one;
    }

    private static Map<String, Object> block(ReachReport.BlockReach reach) {
        Map<String, Object> block = new LinkedHashMap<>();
        block.put("block", reach.block());
        block.put("present", reach.present());
        block.put("bypasses", each(reach.bypasses(), ReachJson::bypass));
        block.put("notes", reach.notes());
        return block;
    }

    private static Map<String, Object> bypass(ReachReport.BypassReport report) {
        Map<String, Object> bypass = new LinkedHashMap<>();
        bypass.put("id", report.id());
        bypass.put("status", report.status().word());
        bypass.put("what", report.what());
        bypass.put("lets", report.lets());
        bypass.put("kernels", report.kernels());
        bypass.put("why", report.why());
        bypass.put("rules", each(report.rules(), ReachJson::rule));
        bypass.put("closedBy", word(report.closedBy()));
        bypass.put("words", report.advice());
        return bypass;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static Map<String, Object> rule(RuleText rule) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("file", rule.file());
        one.put("line", rule.line());
        one.put("column", rule.column());
        one.put("text", rule.text());
        return one;
    }
}
