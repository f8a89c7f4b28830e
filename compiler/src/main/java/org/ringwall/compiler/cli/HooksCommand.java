// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnRange;
import org.ringwall.compiler.policy.HookNotes;
import org.ringwall.compiler.policy.Intent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "hooks",
        description = "list the hooks: first kernel, effect of a denial, intents that use them",
        mixinStandardHelpOptions = true)
final class HooksCommand implements Callable<Integer> {
    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.of(
                    Arrays.stream(Hook.values()).map(HooksCommand::facts).toList()));
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("hook", "since", "a denial", "returns", "intents", "section", "attach type"));
            Arrays.stream(Hook.values()).map(HooksCommand::row).forEach(rows::add);
            out.print(TextTable.of(rows));
            out.println("to list the fields of a hook: ringwallc fields HOOK");
        }
        out.flush();
        return ExitCode.DONE;
    }

    private static List<String> row(Hook hook) {
        return List.of(
                hook.word(),
                hook.since().toString(),
                HookNotes.denial(hook),
                returns(hook),
                intents(hook).isEmpty() ? "-" : String.join(", ", intents(hook)),
                hook.section(),
                Integer.toString(hook.attachType()));
    }

    /**
     * Returns the values that the newest kernels accept, and those of the oldest target if they
     * differ.
     */
    static String returns(Hook hook) {
        ReturnRange oldest = hook.returns(KernelVersion.V5_10);
        String newest = hook.returns().toString();
        return oldest.equals(hook.returns()) ? newest : newest + " (" + oldest + " on " + KernelVersion.V5_10 + ")";
    }

    static List<String> intents(Hook hook) {
        return HookNotes.intents(hook).stream().map(Intent::text).collect(Collectors.toList());
    }

    /** Returns the facts about a hook that both commands print as JSON. */
    static Map<String, Object> facts(Hook hook) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("hook", hook.word());
        facts.put("since", hook.since().toString());
        facts.put("asked", HookNotes.invokedBy(hook));
        facts.put("denies", hook.denial().isPresent());
        facts.put("denial", HookNotes.denial(hook));
        facts.put("returns", List.of(hook.returns().min(), hook.returns().max()));
        facts.put("intents", intents(hook));
        facts.put("section", hook.section());
        facts.put("attachType", hook.attachType());
        facts.put("attachTypeName", hook.attachTypeName());
        facts.put("context", hook.context().kernelName());
        return facts;
    }
}
