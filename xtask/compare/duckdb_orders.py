"""Orders to four tables with DuckDB: the tables, columns and keys that transmog writes."""

import os
import sys

import duckdb

source, directory, form, threads = sys.argv[1:5]
os.makedirs(directory, exist_ok=True)
database = duckdb.connect()
database.execute(f"set threads = {threads}")
options = {
    "parquet": "(format parquet, compression snappy)",
    "csv": "(format csv, header)",
}[form]
tags = {"parquet": "tags", "csv": "to_json(tags)"}[form]
layout = "array" if source.endswith(".json") else "newline_delimited"


def write(name, query):
    database.execute(f"copy ({query}) to '{directory}/{name}.{form}' {options}")


database.execute(f"""
    create temp table orders as
    select uuid()::varchar as _id, *
    from read_json('{source}', format = '{layout}', sample_size = -1, maximum_object_size = 100000000)
""")
database.execute("""
    create temp table items as
    select uuid()::varchar as _id, _id as _parent_id, unnest(items) as item from orders
""")
write("data", f"""
    select _id, order_id, created_at, status, total, currency,
           customer.id as customer_id, customer.vip as customer_vip, customer.name as customer_name,
           customer.address.street as customer_address_street, customer.address.zip as customer_address_zip,
           customer.address.geo.lat as customer_address_geo_lat,
           customer.address.geo.lon as customer_address_geo_lon,
           {tags} as tags, nullif(notes, '') as notes, now() as _timestamp
    from orders
""")
write("data_items", """
    select _id, _parent_id, item.sku, item.qty, item.price,
           item.attrs.color as attrs_color, item.attrs.weight_g as attrs_weight_g, now() as _timestamp
    from items
""")
write("data_items_discounts", """
    select uuid()::varchar as _id, _id as _parent_id, unnest(item.discounts, recursive := true),
           now() as _timestamp
    from items
""")
write("data_payments", """
    select uuid()::varchar as _id, _id as _parent_id, unnest(payments, recursive := true),
           now() as _timestamp
    from orders
""")
