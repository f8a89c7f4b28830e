// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.testkit.Soak;

/**
 * A test that reference and machine agree on policies with many prefixes of names, which are
 * compared by a perfect hash or, where none fits, word by word.
 */
class NamePrefixesDifferentialTest {
    private static final int LISTS = Soak.size(16, 40);

    private static final List<String> FOLDERS =
            List.of("kernel/", "vm/", "fs/", "net/ipv4/conf/all/", "net/ipv4/conf/default/", "net/ipv6/conf/lo/", "");

    private static final List<String> WORDS = List.of(
            "a", "ac", "accept_", "router_", "solicitation_", "interval", "max_", "min_", "\u00e9", "t", "temp_");

    private final Random random = new Random(7);

    @ByteOrders
    void listsOfPrefixesDecideAsTheReference(ByteOrder order) {
        int hashed = 0;
        for (int i = 0; i < LISTS; i++) {
            hashed += isHashed(compared(List.of(condition("prefix", 8 + random.nextInt(120))), order)) ? 1 : 0;
        }
        assertThat(hashed).isGreaterThan(LISTS / 2);
    }

    /**
     * Whole names end in a NUL, other conditions have other outcomes, and some names are prefixes
     * of others.
     */
    @ByteOrders
    void namesWithSeveralOutcomesDecideAsTheReference(ByteOrder order) {
        int hashed = 0;
        for (int i = 0; i < LISTS; i++) {
            List<String> conditions = List.of(
                    condition("in", 20) + " and read",
                    condition("prefix", 30) + " and write",
                    condition("prefix", 20),
                    condition("in", 9) + " and uid == 0");
            hashed += isHashed(compared(conditions, order)) ? 1 : 0;
        }
        assertThat(hashed).isGreaterThan(LISTS / 4);
    }

    private static boolean isHashed(Compilation compiled) {
        return compiled.object().data().stream()
                .map(DataSection::variables)
                .anyMatch(variables ->
                        variables.stream().anyMatch(variable -> variable.name().startsWith("beginnings_")));
    }

    private Compilation compared(List<String> conditions, ByteOrder order) {
        String text = conditions.stream()
                .map(condition -> "  deny if " + condition + "\n")
                .collect(Collectors.joining("", "policy many\nsysctl {\n", "  default allow\n}\n"));
        Settings settings = new Settings(Settings.DEFAULT.targets(), order, Map.of());
        CompileResult result = Compiler.compile(new SourceFile("many.wall", text), settings);
        Compilation compiled = result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
        EmittedPolicy emitted = EmittedPolicy.load(compiled.object(), Map.of(), compiled.oldestKernel());
        Meaning.Answers reference = Meanings.REFERENCE.of(compiled.policy(), Map.of(), order);
        for (Request request : requests(text)) {
            assertThat(emitted.answer(request)).as("%s\n%s", request, text).isEqualTo(reference.to(request));
        }
        return compiled;
    }

    /**
     * Returns requests for the names in the text, for each of them with a byte more, a byte less
     * and another byte, and for others.
     */
    private List<Request> requests(String text) {
        List<String> names = new ArrayList<>();
        for (String part : text.split("\"")) {
            if (!part.isEmpty() && !part.contains(" ")) {
                names.add(part);
                names.add(part + "x");
                names.add(part.substring(0, part.length() - 1));
                names.add(part.substring(0, part.length() - 1) + "~");
                names.add(part + name());
            }
        }
        for (int i = 0; i < 50; i++) {
            names.add(name());
        }
        List<Request> requests = new ArrayList<>();
        for (String name : names) {
            if (!name.isEmpty()) {
                requests.add(new Request.TouchSysctl(name, random.nextBoolean(), Actor.ORDINARY));
            }
        }
        return requests;
    }

    private String condition(String operator, int size) {
        TreeSet<String> list = new TreeSet<>();
        while (list.size() < size) {
            list.add('"' + name() + '"');
        }
        return "name " + operator + " { " + String.join(", ", list) + " }";
    }

    private String name() {
        StringBuilder name = new StringBuilder(FOLDERS.get(random.nextInt(FOLDERS.size())));
        int words = 1 + random.nextInt(5);
        for (int i = 0; i < words; i++) {
            name.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return name.append((char) ('a' + random.nextInt(20))).toString();
    }
}
