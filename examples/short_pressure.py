"""How hard a Hong Kong stock is sold short, and who sells it: ``python short_pressure.py HK.00700 11111``.

A script for the SDK. Put ``from brokerport_futu.compat import *`` in the place of its import, and it is one for brokerport.
"""

import sys

from futu import *

CODE, PORT = sys.argv[1], int(sys.argv[2])

SysConfig.set_all_thread_daemon(True)
SysConfig.enable_console_log(False)
quote_ctx = OpenQuoteContext(host="127.0.0.1", port=PORT)

ret, us_df, hk_df = quote_ctx.get_daily_short_volume(CODE, num=20)
if ret == RET_OK:
    hk_df["short_share"] = hk_df["short_sell_shares_traded"] / hk_df["shares_traded"]
    print(hk_df[["timestamp_str", "short_share", "close_price"]].head(5))
    print("mean of", len(hk_df), "days:", hk_df["short_share"].mean(), "before", hk_df.attrs["next_key"])
else:
    print("error:", us_df)

ret, us_df, hk_df = quote_ctx.get_short_interest(code=CODE)
if ret == RET_OK:
    print(hk_df.describe())
else:
    print("error:", us_df)

ret, data = quote_ctx.get_top_ten_buy_sell_brokers(CODE, days_before=1)
if ret == RET_OK:
    print(data.groupby("buy_sell_type")["net_vol"].agg(["count", "sum"]))
else:
    print("error:", data)

ret, data = quote_ctx.get_capital_distribution(CODE)
if ret == RET_OK:
    print(data.T)
else:
    print("error:", data)

ret, data = quote_ctx.get_ark_stock_dynamic("US.TSLA")
if ret == RET_OK and data["dynamic_type"] != ArkDynamicType.NO_DYNAMIC:
    for name, value in data.items():
        print(f"{name}: {value}")

ret, data = quote_ctx.get_capital_distribution("HK.UNKNOWN")
print(ret, data)

quote_ctx.close()
