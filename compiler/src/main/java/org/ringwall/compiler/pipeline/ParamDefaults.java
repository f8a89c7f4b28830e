// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/** Replacement defaults for a policy's params, checked where the param is declared. */
final class ParamDefaults {
    private final Map<String, String> values;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    ParamDefaults(Map<String, String> values) {
        this.values = values;
    }

    List<Diagnostic> diagnostics() {
        return List.copyOf(diagnostics);
    }

    PolicyFile apply(PolicyFile file) {
        TreeSet<String> unused = new TreeSet<>(values.keySet());
        List<Item> items = new ArrayList<>();
        for (Item item : file.items()) {
            if (item instanceof Item.Param param && unused.remove(param.name().text())) {
                items.add(with(param, values.getOrDefault(param.name().text(), "")));
            } else {
                items.add(item);
            }
        }
        for (String name : unused) {
            diagnostics.add(
                    Diagnostic.of(Code.UNKNOWN_NAME, file.name().span(), "the policy has no param `" + name + "`")
                            .help("declare it as `param " + name + " : port in 1..65535 = 443`"));
        }
        return new PolicyFile(file.monitored(), file.name(), items, file.span());
    }

    private Item with(Item.Param param, String text) {
        if (!text.matches("[0-9][0-9_]*|0x[0-9a-fA-F_]+")) {
            diagnostics.add(Diagnostic.of(
                            Code.TYPE_MISMATCH, param.name().span(), "`" + text + "` is not a value of this param")
                    .help("write a number, as in --param " + param.name().text() + "=8080"));
            return param;
        }
        Value initial = new Value.Literal(
                Value.Literal.Form.INTEGER, text, param.initial().span());
        return new Item.Param(param.name(), param.type(), param.low(), param.high(), initial, param.span());
    }
}
