package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A list that the mesh answers with, as a table of one row for each object in it.
///
/// @param path what to ask the mesh for
/// @param columns the table's head
/// @param row the cells of an object, as many as there are columns
/// @param none what to print where the list is empty
record Listed(String path, List<String> columns, Function<JsonObject, List<String>> row, String none) {

    /// Asks the mesh and prints its answer.
    ///
    /// @param json whether to print it as it came
    int print(OpenLegion root, boolean json) throws CommandFailure {
        Terminal terminal = root.terminal();
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("GET", path, null);
            if (json) {
                terminal.json(answer.body());
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            for (Object each : answer.array()) {
                if (each instanceof JsonObject object) {
                    rows.add(row.apply(object));
                }
            }
            if (rows.isEmpty()) {
                terminal.print(none);
            } else {
                terminal.table(columns, rows);
            }
            return 0;
        }
    }
}
