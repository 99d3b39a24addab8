// SPDX-License-Identifier: GPL-2.0-only
/* How JSON is laid out. */
#include "unit/printing.h"

#include "output/json.h"

static char *printed(json_t *json)
{
	struct text text;

	text_open(&text, false);
	assert_int_equal(json_print(text.out.file, json), 0);
	assert_int_equal(fclose(text.out.file), 0);
	return text.text;
}

static void arrays_of_numbers_stand_in_one_line(void **state)
{
	json_t *json = json_pack("{s:[[i,i],[i,i]],s:[i,i],s:[],s:[[]],s:f}", "pairs", 1, 2, 3, 4,
				 "list", 5, 6, "none", "nested", "real", 0.5);
	char *text = printed(json);

	assert_string_equal(text, "{\n  \"pairs\": [[1,2],[3,4]],\n  \"list\": [5,6],\n"
				  "  \"none\": [],\n  \"nested\": [[]],\n  \"real\": 0.5\n}");
	free(text);
	json_decref(json);
}

static void all_else_is_indented_as_by_the_library(void **state)
{
	static const char source[] = "{\"a \\\"b\\\" \\u00e4\":{\"c\":[{},{\"d\":[\"x\",1]}]},"
				     "\"e\":[null,true,[]],\"f\":{},\"g\":1e-3,\"h\":[],\"i\":-7}";
	json_t *json = json_loads(source, 0, NULL);
	char *text = printed(json), *library = json_dumps(json, JSON_INDENT(2));

	assert_string_equal(text, library);
	free(text);
	free(library);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_of_numbers_stand_in_one_line),
		cmocka_unit_test(all_else_is_indented_as_by_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
