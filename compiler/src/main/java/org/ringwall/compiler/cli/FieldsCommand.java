// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.HookNotes;
import org.ringwall.compiler.policy.UnsupportedFields;
import org.ringwall.compiler.source.DidYouMean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "fields",
        description = "list the fields that a policy can test and assign at a hook, and those that it cannot",
        mixinStandardHelpOptions = true)
final class FieldsCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "HOOK", description = "the hook, such as connect4")
    private String word = "";

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Optional<Hook> hook = Hook.ofWord(word);
        if (hook.isEmpty()) {
            return unknown();
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? Json.of(facts(hook.get())) + "\n" : text(hook.get()));
        out.flush();
        return ExitCode.DONE;
    }

    private int unknown() {
        PrintWriter err = spec.commandLine().getErr();
        List<String> known = Arrays.stream(Hook.values()).map(Hook::word).toList();
        String help = Hook.ofSection(word)
                .map(hook -> "this is the section of `%s`: ringwallc fields %s".formatted(hook, hook))
                .or(() -> DidYouMean.help(word, known))
                .orElse("to list all hooks: ringwallc hooks");
        err.println("error: there is no hook `" + word + "`");
        err.println("  = help: " + help);
        err.flush();
        return ExitCode.USAGE;
    }

    private static String text(Hook hook) {
        StringBuilder text = new StringBuilder();
        text.append(hook).append(": invoked ").append(HookNotes.invokedBy(hook)).append('\n');
        text.append("a denial: ").append(HookNotes.denial(hook)).append('\n');
        text.append("%s, attach type %d (%s), kernel %s, returns %s%n"
                .formatted(
                        hook.section(),
                        hook.attachType(),
                        hook.attachTypeName(),
                        hook.since(),
                        HooksCommand.returns(hook)));
        text.append('\n').append(TextTable.of(fields(hook)));
        List<String> helpers = FieldSources.helpers(hook).stream()
                .map(helper -> helper.kernelName() + " (" + since(helper, hook) + ")")
                .toList();
        if (!helpers.isEmpty()) {
            text.append("\nhelpers: ").append(String.join(", ", helpers)).append('\n');
        }
        List<String> functions = FieldSources.functions(hook).stream()
                .map(function -> function.kernelName() + " (" + function.since().max(hook.since()) + ")")
                .toList();
        if (!functions.isEmpty()) {
            text.append("\nkernel functions: ")
                    .append(String.join(", ", functions))
                    .append('\n');
        }
        if (!UnsupportedFields.at(hook).isEmpty()) {
            text.append("\nwithheld:\n").append(TextTable.of(withheld(hook)));
        }
        return text.toString();
    }

    private static List<List<String>> fields(Hook hook) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("field", "type", "since", "assign", "from"));
        for (Field field : HookFields.at(hook)) {
            field.listed()
                    .ifPresent(name -> rows.add(List.of(
                            name,
                            field.type().phrase(),
                            FieldSources.since(hook, field).toString(),
                            UnsupportedFields.assignable(hook).contains(field) ? "yes" : "no",
                            String.join(", ", sources(hook, field)))));
        }
        return rows;
    }

    /**
     * Returns sources such as `bpf_sock_addr.user_ip4` or `get_current_uid_gid()`; the hook if it
     * determines the value.
     */
    private static List<String> sources(Hook hook, Field field) {
        List<String> sources = Stream.concat(
                        FieldSources.context(hook, field).stream()
                                .map(ContextField::name)
                                .map(name -> hook.context().kernelName() + "." + name),
                        FieldSources.helper(hook, field).stream().map(helper -> helper.kernelName() + "()"))
                .toList();
        return sources.isEmpty() ? List.of("the hook itself") : sources;
    }

    private static List<List<String>> withheld(Hook hook) {
        return UnsupportedFields.at(hook).stream()
                .map(one -> List.of(
                        "  " + one.field().name(),
                        one.use() == UnsupportedFields.Use.READ ? "read" : "write",
                        one.reason()))
                .toList();
    }

    private static String since(Helper helper, Hook hook) {
        return helper.since(hook).map(Object::toString).orElse("never");
    }

    private static Map<String, Object> facts(Hook hook) {
        Map<String, Object> facts = HooksCommand.facts(hook);
        facts.put(
                "fields",
                HookFields.at(hook).stream().map(field -> field(hook, field)).toList());
        Map<String, Object> helpers = new LinkedHashMap<>();
        FieldSources.helpers(hook).forEach(helper -> helpers.put(helper.kernelName(), since(helper, hook)));
        facts.put("helpers", helpers);
        Map<String, Object> functions = new LinkedHashMap<>();
        FieldSources.functions(hook)
                .forEach(function -> functions.put(
                        function.kernelName(),
                        function.since().max(hook.since()).toString()));
        facts.put("kernelFunctions", functions);
        facts.put(
                "withheld",
                UnsupportedFields.at(hook).stream().map(FieldsCommand::withheld).toList());
        return facts;
    }

    private static Map<String, Object> field(Hook hook, Field field) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("field", field.text());
        facts.put("type", field.type().phrase());
        facts.put("since", FieldSources.since(hook, field).toString());
        facts.put("assign", UnsupportedFields.assignable(hook).contains(field));
        facts.put(
                "context",
                FieldSources.context(hook, field).stream()
                        .map(ContextField::name)
                        .toList());
        facts.put(
                "helpers",
                FieldSources.helper(hook, field).stream()
                        .map(Helper::kernelName)
                        .toList());
        return facts;
    }

    private static Map<String, Object> withheld(UnsupportedFields one) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("field", one.field().name());
        facts.put("use", one.use() == UnsupportedFields.Use.READ ? "read" : "write");
        facts.put("offset", one.field().offset());
        facts.put("bytes", one.field().bytes());
        facts.put("reason", one.reason());
        return facts;
    }
}
